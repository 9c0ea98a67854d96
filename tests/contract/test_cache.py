"""§6: the levels of the cache, what they report, and invalidation everywhere."""

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.contract.bodies import READY, RESEARCH, fact, if_match
from tests.contract.cached_reads import (
    STALE_SECONDS,
    TRIES,
    level,
    own_levels,
    own_report,
    report,
    stale_seconds,
    tries_at_level_1,
    wait_for_level_1,
)
from tests.contract.refusals import assert_invalid, assert_refused
from tests.rig.backends import Backend, Backends
from tests.rig.server import FreshServer, Server, running
from tests.rig.waiting import wait_for

NewId = Callable[[str], str]
CATEGORIES = ("agent_state", "research_state", "verification_state", "verifications")
LEVEL = {"hits", "misses", "hitRate", "entries", "bytes", "maxBytes", "ttlSeconds", "evictions"}


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
    wait_for_level_1(here, path)
    return path


def invalidate(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post("/api/v1/cache/invalidate", json=body)


def key_of(path: str) -> str:
    return f"agent_state:{path.rpartition('/')[2]}"


# --- Levels -------------------------------------------------------------------------------------


def test_a_write_is_read_from_level_1(here: httpx.Client, path: str) -> None:
    def first_level_after_a_write() -> str:
        here.patch(path, json={})
        return level(here, path)

    assert any(first_level_after_a_write() == "L1" for _ in tries_at_level_1(here))


def test_the_other_instance_reads_it_from_redis_or_the_database(
    here: httpx.Client, there: httpx.Client, new_id: NewId, has_redis: bool
) -> None:
    def first_levels_there() -> tuple[str, str]:
        path = f"/api/v1/agents/{new_id('agent')}"
        here.put(path, json=READY)
        wait_for_level_1(here, path)
        # It reaches Redis behind the answer; until then the database has it.
        time_to_travel = time.monotonic() + 0.2
        while time.monotonic() < time_to_travel:
            level(here, path)
        return level(there, path), level(there, path)

    expected = ("L2" if has_redis else "DB", "L1")
    wait_for(lambda: first_levels_there() == expected, what=f"{expected} there")


@pytest.mark.parametrize("status", [304, 404])
def test_a_cached_304_or_404_says_its_level(
    here: httpx.Client, path: str, new_id: NewId, status: int
) -> None:
    def level_of_the_answer() -> str:
        unknown = f"/api/v1/agents/{new_id('unknown')}"
        known = {"If-None-Match": '"1"'}
        for _ in range(2):
            answer = here.get(path, headers=known) if status == 304 else here.get(unknown)
            assert answer.status_code == status
        return answer.headers["X-Cache"]

    assert any(level_of_the_answer() == "L1" for _ in tries_at_level_1(here))


def test_an_unknown_id_is_cached_briefly_and_found_once_it_is_there(
    here: httpx.Client, there: httpx.Client, new_id: NewId
) -> None:
    def levels_of_an_unknown_id() -> tuple[str, str]:
        path = f"/api/v1/agents/{new_id('agent')}"
        answers = [there.get(path) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [404, 404]
        here.put(path, json=READY)
        assert stale_seconds(lambda: there.get(path).status_code == 200) <= STALE_SECONDS
        first, second = (answer.headers["X-Cache"] for answer in answers)
        return first, second

    assert any(levels_of_an_unknown_id() == ("DB", "L1") for _ in tries_at_level_1(there))


def test_a_deleted_state_is_gone_everywhere(
    here: httpx.Client, there: httpx.Client, path: str
) -> None:
    there.get(path)
    here.delete(path, headers=if_match(1))
    assert stale_seconds(lambda: there.get(path).status_code == 404) <= STALE_SECONDS
    assert here.get(path).status_code == 404
    here.put(path, json=READY)
    assert stale_seconds(lambda: there.get(path).headers.get("ETag") == '"3"') <= STALE_SECONDS


def test_a_delete_is_read_from_level_1(here: httpx.Client, new_id: NewId) -> None:
    def first_level_after_a_delete() -> str:
        path = f"/api/v1/agents/{new_id('agent')}"
        here.put(path, json=READY)
        here.delete(path, headers=if_match(1))
        answer = here.get(path)
        assert answer.status_code == 404
        return answer.headers["X-Cache"]

    assert any(first_level_after_a_delete() == "L1" for _ in tries_at_level_1(here))


def test_appended_facts_arrive_everywhere(
    here: httpx.Client, there: httpx.Client, new_id: NewId
) -> None:
    path = f"/api/v1/research/{new_id('research')}"
    here.put(path, json=RESEARCH)

    def has_arrived(number: int) -> bool:
        shown: bool = there.get(path).json().get("factCount") == number
        return shown

    for number in range(1, 6):
        assert there.get(path).status_code in (200, 404)
        here.post(f"{path}/facts", json={"facts": [fact(number)]})
        assert stale_seconds(partial(has_arrived, number)) <= STALE_SECONDS
        assert here.get(path).json()["factCount"] == number


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
    wait_for_level_1(here, path)
    assert here.get(path).json() == before


def test_a_thousand_concurrent_misses_are_one_database_read(
    two_servers: tuple[Server, Server], here: httpx.Client, new_id: NewId
) -> None:
    server = two_servers[1]
    there = server.client_as("operator")

    def request(path: str) -> bytes:
        return (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            f"Authorization: Bearer {server.backend.keys['viewer']}\r\n\r\n"
        ).encode()

    async def read(path: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request(path))
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    async def read_all(path: str) -> list[bytes]:
        return list(await asyncio.gather(*(read(path) for _ in range(1000))))

    def reads_below_level_1() -> int:
        path = f"/api/v1/agents/{new_id('agent')}"
        here.put(path, json=READY)
        before = own_levels(there)
        answers = asyncio.run(read_all(path))
        after = own_levels(there)
        assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
        looked = sum(after["L1"][name] - before["L1"][name] for name in ("hits", "misses"))
        assert looked >= 1000
        reads: int = after["L3"]["reads"] - before["L3"]["reads"]
        spared: int = after["L2"]["hits"] - before["L2"]["hits"]
        # Nobody joins a read that began half a second ago: a machine that stands still for so long
        # costs another one, never one a request.
        assert 1 <= reads + spared < 500
        return reads + spared

    assert any(reads_below_level_1() == 1 for _ in tries_at_level_1(there, 5))


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
    other = own_report(there)
    before = other["levels"]["L1"]["hits"]
    wait_for_level_1(there, path)
    seen = 1 + sum(level(there, path) == "L1" for _ in range(50))
    ended = time.monotonic()

    def hits_of_the_other() -> int | None:
        """As reported here more than two seconds later; who is late with its report is left out."""
        asked = time.monotonic()
        parts = {one["instance"]: one for one in report(here)["instances"]}
        if asked <= ended + 2.0 or other["instance"] not in parts:
            return None
        hits: int = parts[other["instance"]]["levels"]["L1"]["hits"]
        return hits

    hits = wait_for(hits_of_the_other, timeout_seconds=30, what="the other instance in the report")
    assert hits >= before + seen


def test_a_hit_and_a_miss_are_counted_once(server: Server, new_id: NewId) -> None:
    client = server.client_as("agent")

    def miss_and_hit() -> bool:
        path = f"/api/v1/agents/{new_id('agent')}"
        before = own_levels(client)
        levels = level(client, path), level(client, path)
        after = own_levels(client)
        if levels != ("DB", "L1"):
            return False
        assert after["L1"]["misses"] - before["L1"]["misses"] == 1
        assert after["L1"]["hits"] - before["L1"]["hits"] == 1
        assert after["L3"]["reads"] - before["L3"]["reads"] == 1
        return True

    assert any(miss_and_hit() for _ in tries_at_level_1(client))


@pytest.mark.one_place
def test_the_hit_rate_is_0_before_any_read(fresh_server: FreshServer) -> None:
    body = report(fresh_server().client_as("viewer"))
    assert body["hitRate"] == 0
    assert body["levels"]["L1"]["hitRate"] == body["levels"]["L2"]["hitRate"] == 0


# --- Bounds -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(backends: Backends) -> Iterator[httpx.Client]:
    """An instance with little memory for level 1 and a short life for what is in it."""
    backend = backends.fresh("sqlite")
    settings = {"LIGHTNING_CACHE_SIZE_MB": "1", "LIGHTNING_L1_TTL_SECONDS": "3"}
    with running(Server(backend, backend.directory, **settings)) as (server,):
        yield server.client_as("operator")


def test_level_1_is_bounded_in_bytes(small: httpx.Client, new_id: NewId) -> None:
    paths = [f"/api/v1/agents/{new_id('agent')}" for _ in range(40)]
    # Nothing is kept before the tail of the new server follows.
    wait_for_level_1(small, f"/api/v1/agents/{new_id('unknown')}")
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
    def first_read() -> tuple[str, str]:
        path = f"/api/v1/agents/{new_id('agent')}"
        small.put(path, json=READY)
        return path, level(small, path)

    reads = (first_read() for _ in tries_at_level_1(small))
    path = next((path for path, answered_by in reads if answered_by == "L1"), None)
    assert path is not None, "no write was read from level 1"
    # Its time is 3 s; without the setting it would be 300.
    wait_for(lambda: level(small, path) != "L1", timeout_seconds=30, what="the entry's end")


# --- Invalidation -------------------------------------------------------------------------------


def test_a_key_is_dropped_here(here: httpx.Client, path: str) -> None:
    answer = invalidate(here, key=key_of(path))
    assert answer.status_code == 200
    assert answer.json().keys() == {"removed"}
    assert level(here, path) == "DB"
    # The order is carried out here once more, with everybody's, and drops what came in between.
    wait_for_level_1(here, path)


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

    # This instance's own tail may carry the order out before the call does, and then it counts 0.
    expected = 2 if has_redis else 1
    wait_for(lambda: removed() == expected, what="one here, and one in Redis")


def test_a_key_is_dropped_on_every_instance_within_a_second(
    here: httpx.Client, there: httpx.Client, path: str
) -> None:
    wait_for_level_1(there, path)
    invalidate(here, key=key_of(path))
    assert stale_seconds(lambda: level(there, path) != "L1") <= STALE_SECONDS


def test_a_category_is_dropped_on_every_instance(
    here: httpx.Client, there: httpx.Client, path: str, new_id: NewId
) -> None:
    research = f"/api/v1/research/{new_id('research')}"
    here.put(research, json=RESEARCH)

    def removed_and_levels_of_another_category() -> tuple[bool, str, str]:
        for client in (here, there):
            for one in (path, research):
                wait_for_level_1(client, one)
        removed = invalidate(here, category="agent_state").json()["removed"]
        assert level(here, path) == "DB"
        assert stale_seconds(lambda: level(there, path) != "L1") <= STALE_SECONDS
        wait_for_level_1(here, path)
        wait_for_level_1(there, path)
        return removed >= 1, level(here, research), level(there, research)

    expected = (True, "L1", "L1")
    assert any(removed_and_levels_of_another_category() == expected for _ in range(TRIES))


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

    def shared() -> bool:
        """The first to serve had all of it for a moment."""
        [instance] = report(client)["instances"]
        limit: int = instance["levels"]["L1"]["maxBytes"]
        return instance["workers"] == 2 and limit == 512 * 1024 * 1024

    wait_for(shared, what="the memory of one instance, in two halves")


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
