"""§6: the levels of the cache, what they report, and invalidation everywhere."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, RESEARCH, fact, if_match
from tests.contract.refusals import assert_invalid, assert_refused
from tests.rig.backends import Backend, Backends
from tests.rig.server import FreshServer, Server
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]
CATEGORIES = ("agent_state", "research_state", "verification_state", "verifications")
LEVEL = {"hits", "misses", "hitRate", "entries", "bytes", "maxBytes", "ttlSeconds", "evictions"}
STALE_SECONDS = 1.0


@pytest.fixture
def here(two_servers: tuple[Server, Server]) -> httpx.Client:
    """One of two instances on one database, with the key of an operator."""
    return two_servers[0].client_as("operator")


@pytest.fixture
def there(two_servers: tuple[Server, Server]) -> httpx.Client:
    """The other instance."""
    return two_servers[1].client_as("operator")


@pytest.fixture
def has_redis(two_servers: tuple[Server, Server]) -> bool:
    return two_servers[0].backend.redis_url is not None


@pytest.fixture
def path(here: httpx.Client, new_id: NewId) -> str:
    """The path of a new agent that level 1 holds here."""
    path = f"/api/v1/agents/{new_id('agent')}"
    here.put(path, json=READY)
    assert level(here, path) == "L1"
    return path


def level(client: httpx.Client, path: str) -> str:
    return client.get(path).headers["X-Cache"]


def report(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/api/v1/cache")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def own_levels(there: httpx.Client) -> dict[str, Any]:
    """The figures of the instance that started last: its own are of this moment."""
    newest = max(report(there)["instances"], key=lambda one: one["startedAt"])
    levels: dict[str, Any] = newest["levels"]
    return levels


def invalidate(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post("/api/v1/cache/invalidate", json=body)


def key_of(path: str) -> str:
    return f"agent_state:{path.rpartition('/')[2]}"


# --- Levels -------------------------------------------------------------------------------------


def test_a_write_is_read_from_level_1(here: httpx.Client, path: str) -> None:
    for _ in range(3):
        here.patch(path, json={})
        assert level(here, path) == "L1"


def test_the_other_instance_reads_it_from_redis_or_the_database(
    here: httpx.Client, there: httpx.Client, new_id: NewId, has_redis: bool
) -> None:
    def first_level_there() -> str:
        path = f"/api/v1/agents/{new_id('agent')}"
        here.put(path, json=READY)
        wait_for(lambda: level(here, path) == "L1", what="the write in level 1")
        # It reaches Redis behind the answer; until then the database has it.
        time_to_travel = time.monotonic() + 0.2
        while time.monotonic() < time_to_travel:
            level(here, path)
        first = level(there, path)
        assert level(there, path) == "L1"
        return first

    if has_redis:
        wait_for(lambda: first_level_there() == "L2", what="a read from Redis")
    else:
        assert first_level_there() == "DB"


@pytest.mark.parametrize("status", [304, 404])
def test_a_cached_304_or_404_says_its_level(
    here: httpx.Client, path: str, new_id: NewId, status: int
) -> None:
    if status == 304:
        answer = here.get(path, headers={"If-None-Match": '"1"'})
    else:
        path = f"/api/v1/agents/{new_id('unknown')}"
        here.get(path)
        answer = here.get(path)
    assert (answer.status_code, answer.headers["X-Cache"]) == (status, "L1")


def test_an_unknown_id_is_cached_briefly_and_found_once_it_is_there(
    here: httpx.Client, there: httpx.Client, new_id: NewId
) -> None:
    path = f"/api/v1/agents/{new_id('agent')}"
    assert there.get(path).status_code == 404
    assert there.get(path).headers["X-Cache"] == "L1"
    here.put(path, json=READY)
    wait_for(
        lambda: there.get(path).status_code == 200,
        timeout_seconds=STALE_SECONDS,
        what="the new state on the other instance",
    )


def test_a_deleted_state_is_gone_everywhere(
    here: httpx.Client, there: httpx.Client, path: str
) -> None:
    there.get(path)
    here.delete(path, headers=if_match(1))
    answer = here.get(path)
    assert (answer.status_code, answer.headers["X-Cache"]) == (404, "L1")
    wait_for(
        lambda: there.get(path).status_code == 404,
        timeout_seconds=STALE_SECONDS,
        what="the delete on the other instance",
    )
    here.put(path, json=READY)
    wait_for(
        lambda: there.get(path).headers.get("ETag") == '"3"',
        timeout_seconds=STALE_SECONDS,
        what="the new state on the other instance",
    )


def test_appended_facts_arrive_everywhere(
    here: httpx.Client, there: httpx.Client, new_id: NewId
) -> None:
    path = f"/api/v1/research/{new_id('research')}"
    here.put(path, json=RESEARCH)
    for number in range(1, 6):
        assert there.get(path).status_code in (200, 404)
        here.post(f"{path}/facts", json={"facts": [fact(number)]})
        assert here.get(path).json()["factCount"] == number
        wait_for(
            lambda count=number: there.get(path).json().get("factCount") == count,  # type: ignore[misc]
            timeout_seconds=STALE_SECONDS,
            what="the fact on the other instance",
        )


def test_it_never_goes_back_in_version(here: httpx.Client, there: httpx.Client, path: str) -> None:
    seen = 0
    for number in range(2, 120):
        here.patch(path, json={"properties": {"n": number}})
        version = there.get(path).json()["version"]
        assert version >= seen
        seen = version
        if number % 10 == 0:  # what the database has shown counts as well
            seen = there.get(path, headers={"Cache-Control": "no-cache"}).json()["version"]
            assert seen == number


def test_who_has_listed_a_version_reads_no_older_one(
    here: httpx.Client, there: httpx.Client, path: str
) -> None:
    name = path.rpartition("/")[2]
    for number in range(2, 40):
        there.get(path)
        here.patch(path, json={"agentType": f"type-{number}"})
        there.get("/api/v1/agents", params={"agentType": f"type-{number}"})
        listed = there.get("/api/v1/agents", params={"q": name}).json()["items"][0]["version"]
        assert there.get(path).json()["version"] >= listed == number


def test_who_was_told_of_a_conflict_reads_the_version_that_won(
    here: httpx.Client, there: httpx.Client, path: str
) -> None:
    for number in range(1, 30):
        there.get(path)
        here.patch(path, json={})
        refused = there.put(path, json=READY, headers=if_match(number))
        assert refused.json()["currentVersion"] == number + 1
        assert there.get(path).json()["version"] == number + 1


def test_a_refused_write_never_reaches_a_cache(here: httpx.Client, path: str) -> None:
    before = here.get(path).json()
    refusals = [
        here.put(path, json={**READY, "status": "Paused"}, headers=if_match(7)),
        here.put(path, json={**READY, "status": "Nonsense"}, headers=if_match(1)),
        here.patch(path, json={"status": "Initializing"}),
        here.post(
            "/api/v1/agents/batch-set",
            json={
                "items": [
                    {"id": path.rpartition("/")[2], "patch": {"status": "Paused"}},
                    {"id": "never", "delete": True, "ifMatch": 7},
                ],
                "atomic": True,
            },
        ),
    ]
    assert [one.status_code for one in refusals] == [412, 422, 409, 409]
    assert here.get(path).json() == before
    assert level(here, path) == "L1"


def test_a_thousand_concurrent_misses_are_one_database_read(
    two_servers: tuple[Server, Server], here: httpx.Client, new_id: NewId
) -> None:
    server = two_servers[1]
    path = f"/api/v1/agents/{new_id('agent')}"
    here.put(path, json=READY)
    there = server.client_as("operator")
    assert there.get("/api/v1/agents/warm-up").status_code == 404

    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {server.backend.keys['viewer']}\r\n\r\n"
    ).encode()

    async def read() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def read_all() -> list[bytes]:
        return list(await asyncio.gather(*(read() for _ in range(1000))))

    before = own_levels(there)
    answers = asyncio.run(read_all())
    after = own_levels(there)
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    reads = after["L3"]["reads"] - before["L3"]["reads"]
    spared = after["L2"]["hits"] - before["L2"]["hits"]
    assert reads + spared == 1
    looked = sum(after["L1"][name] - before["L1"][name] for name in ("hits", "misses"))
    assert looked >= 1000


# --- Report -------------------------------------------------------------------------------------


def test_the_report_has_every_level(here: httpx.Client, path: str, has_redis: bool) -> None:
    if has_redis:
        wait_for(lambda: report(here)["levels"]["L2"]["available"], what="level 2")
    body = report(here)
    levels = body["levels"]
    assert levels.keys() == {"L1", "L2", "L3"}
    assert levels["L1"].keys() == LEVEL
    assert levels["L2"].keys() == LEVEL | {"available"}
    assert levels["L3"].keys() == {"reads"}
    assert 0 < body["hitRate"] <= 1
    hits, misses = levels["L1"]["hits"], levels["L1"]["misses"]
    assert levels["L1"]["hitRate"] == hits / (hits + misses)
    assert levels["L1"]["ttlSeconds"] == 300
    assert levels["L1"]["entries"] >= 1
    assert levels["L1"]["bytes"] > 300
    if has_redis:
        assert levels["L2"]["ttlSeconds"] == 900
        wait_for(lambda: report(here)["levels"]["L2"]["entries"] >= 1, what="an entry in Redis")
    else:
        zeros = dict.fromkeys(LEVEL, 0) | {"available": False}
        assert levels["L2"] == zeros


def test_the_report_is_of_the_whole_deployment(here: httpx.Client, path: str) -> None:
    def both() -> dict[str, Any] | None:
        body = report(here)
        return body if len(body["instances"]) == 2 else None

    body = wait_for(both, what="both instances in the report")
    for name in ("hits", "misses", "entries", "bytes", "maxBytes", "evictions"):
        parts = [one["levels"]["L1"][name] for one in body["instances"]]
        assert body["levels"]["L1"][name] == sum(parts)
    assert body["levels"]["L1"]["maxBytes"] == 2 * 512 * 1024 * 1024
    reads = [one["levels"]["L3"]["reads"] for one in body["instances"]]
    assert body["levels"]["L3"]["reads"] == sum(reads)


def test_the_other_instances_figures_are_two_seconds_old_at_most(
    here: httpx.Client, there: httpx.Client, path: str
) -> None:
    wait_for(lambda: len(report(here)["instances"]) == 2, what="both instances in the report")
    before = report(here)["levels"]["L1"]["hits"]
    level(there, path)
    for _ in range(50):
        there.get(path)
    wait_for(
        lambda: report(here)["levels"]["L1"]["hits"] >= before + 50,
        timeout_seconds=2.0,
        what="the other instance's hits in the report",
    )


def test_a_hit_and_a_miss_are_counted_once(server: Server, new_id: NewId) -> None:
    client = server.client_as("agent")
    path = f"/api/v1/agents/{new_id('agent')}"
    before = report(client)["levels"]
    assert level(client, path) == "DB"
    assert level(client, path) == "L1"
    after = report(client)["levels"]
    assert after["L1"]["misses"] - before["L1"]["misses"] == 1
    assert after["L1"]["hits"] - before["L1"]["hits"] == 1
    assert after["L3"]["reads"] - before["L3"]["reads"] == 1


def test_the_hit_rate_is_0_before_any_read(fresh_server: FreshServer) -> None:
    body = report(fresh_server().client_as("viewer"))
    assert body["hitRate"] == 0
    assert body["levels"]["L1"]["hitRate"] == body["levels"]["L2"]["hitRate"] == 0


# --- Bounds -------------------------------------------------------------------------------------


@pytest.fixture
def small(fresh_server: FreshServer) -> Iterator[httpx.Client]:
    """An instance with little memory for level 1 and a short life for what is in it."""
    server = fresh_server(LIGHTNING_CACHE_SIZE_MB="1", LIGHTNING_L1_TTL_SECONDS="1")
    with server.client_as("operator") as client:
        yield client


def test_level_1_is_bounded_in_bytes(small: httpx.Client, new_id: NewId) -> None:
    paths = [f"/api/v1/agents/{new_id('agent')}" for _ in range(40)]
    for path in paths:
        small.put(path, json={**READY, "properties": {"text": "x" * 50_000}})
    level_1 = report(small)["levels"]["L1"]
    assert level_1["maxBytes"] == 1024 * 1024
    assert 500_000 < level_1["bytes"] <= level_1["maxBytes"]
    assert level_1["evictions"] >= 15
    assert level_1["entries"] <= 20
    for path in paths:
        assert small.get(path).status_code == 200


def test_level_1_forgets_after_its_time(small: httpx.Client, new_id: NewId) -> None:
    path = f"/api/v1/agents/{new_id('agent')}"
    small.put(path, json=READY)
    assert level(small, path) == "L1"
    wait_for(lambda: level(small, path) != "L1", timeout_seconds=3, what="the entry's end")


# --- Invalidation -------------------------------------------------------------------------------


def test_a_key_is_dropped_here(here: httpx.Client, path: str) -> None:
    answer = invalidate(here, key=key_of(path))
    assert answer.status_code == 200
    assert answer.json().keys() == {"removed"}
    assert answer.json()["removed"] >= 1
    assert level(here, path) == "DB"
    assert level(here, path) == "L1"


def test_what_redis_held_is_counted(
    here: httpx.Client, there: httpx.Client, new_id: NewId, has_redis: bool
) -> None:
    def removed() -> int:
        path = f"/api/v1/agents/{new_id('agent')}"
        here.put(path, json=READY)
        for _ in range(50):
            here.get(path)
        if has_redis and level(there, path) != "L2":
            return 0  # not in Redis yet: an order given now would keep it out
        count: int = invalidate(here, key=key_of(path)).json()["removed"]
        return count

    if has_redis:
        wait_for(lambda: removed() == 2, what="one here and one in Redis")
    else:
        assert removed() == 1


def test_a_key_is_dropped_on_every_instance_within_a_second(
    here: httpx.Client, there: httpx.Client, path: str
) -> None:
    there.get(path)
    assert level(there, path) == "L1"
    invalidate(here, key=key_of(path))
    wait_for(
        lambda: level(there, path) != "L1",
        timeout_seconds=1.0,
        what="the key dropped on the other instance",
    )


def test_a_category_is_dropped_on_every_instance(
    here: httpx.Client, there: httpx.Client, path: str, new_id: NewId
) -> None:
    research = f"/api/v1/research/{new_id('research')}"
    here.put(research, json=RESEARCH)
    for client in (here, there):
        for one in (path, research):
            client.get(one)
            assert level(client, one) == "L1"
    assert invalidate(here, category="agent_state").json()["removed"] >= 1
    assert level(here, path) == "DB"
    wait_for(
        lambda: level(there, path) != "L1",
        timeout_seconds=1.0,
        what="the category dropped on the other instance",
    )
    assert level(here, research) == level(there, research) == "L1"


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_may_be_named(here: httpx.Client, new_id: NewId, category: str) -> None:
    assert invalidate(here, category=category).status_code == 200
    answer = invalidate(here, key=f"{category}:{new_id('nothing')}")
    assert (answer.status_code, answer.json()) == (200, {"removed": 0})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"key": "agent_state:a", "category": "agent_state"}, ""),
        ({"key": "agent_state"}, "key"),
        ({"key": "agent_state:"}, "key"),
        ({"key": "session:a"}, "key"),
        ({"key": 7}, "key"),
        ({"key": "agent_state:" + "a" * 400}, "key"),
        ({"category": "session"}, "category"),
        ({"category": "agent_state:a"}, "category"),
        ({"category": None}, "category"),
        ({"name": "agent_state"}, "name"),
        ([], ""),
    ],
)
def test_anything_else_is_422(here: httpx.Client, body: Any, field: str) -> None:
    assert_invalid(here.post("/api/v1/cache/invalidate", json=body), field)


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_only_operators_invalidate(two_servers: tuple[Server, Server], role: str) -> None:
    answer = invalidate(two_servers[0].client_as(role), category="agent_state")
    assert_refused(answer, 403, "forbidden")


def test_nobody_invalidates_without_credentials(two_servers: tuple[Server, Server]) -> None:
    answer = invalidate(two_servers[0].client(), category="agent_state")
    assert_refused(answer, 401, "unauthenticated")


# --- Several workers behind one port ------------------------------------------------------------


@pytest.fixture(scope="module")
def workers(backends: Backends) -> Iterator[Server]:
    """One instance of two workers on SQLite."""
    backend: Backend = backends.fresh("sqlite")
    server = Server(backend, backend.directory, LIGHTNING_MIN_INSTANCES="2").start()
    yield server
    server.stop()


def test_the_workers_share_the_memory_of_their_instance(workers: Server) -> None:
    client = workers.client_as("viewer")
    instance = wait_for(
        lambda: next((one for one in report(client)["instances"] if one["workers"] == 2), None),
        what="both workers' figures",
    )
    assert instance["levels"]["L1"]["maxBytes"] == 512 * 1024 * 1024


def test_every_worker_reads_what_any_has_written(workers: Server, new_id: NewId) -> None:
    """A client with many connections is spread over the workers; it must not notice."""
    clients = [workers.client_as("agent") for _ in range(8)]
    path = f"/api/v1/agents/{new_id('agent')}"
    clients[0].put(path, json=READY)
    for number in range(2, 60):
        clients[number % 8].patch(path, json={"properties": {"n": number}})
        for reader in clients:
            assert reader.get(path).json()["version"] >= number
    count = wait_for(
        lambda: report(clients[0])["instances"][0]["workers"] == 2, what="both workers' figures"
    )
    assert count
