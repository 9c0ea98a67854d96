"""§2: heartbeats and ``lastSeen``."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.conftest import Create, NewPath, Place
from tests.contract.refusals import assert_refused
from tests.rig.database import query
from tests.rig.environment import run_python
from tests.rig.server import Server

WITH_LAST_SEEN = {"include": "lastSeen"}


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def age_seconds(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)) / timedelta(seconds=1)


def test_it_notes_that_the_agent_is_alive(client: httpx.Client, agent: str) -> None:
    answer = client.post(f"{agent}/heartbeat")
    assert (answer.status_code, answer.content) == (204, b"")
    seen = client.get(agent, params=WITH_LAST_SEEN).json()["lastSeen"]
    assert seen.endswith("Z")
    assert -1 < age_seconds(seen) < 10


def test_it_makes_no_version_and_no_log_row(client: httpx.Client, agent: str) -> None:
    client.post(f"{agent}/heartbeat")
    client.post("/api/v1/agents/heartbeat", json={"ids": [id_of(agent)]})
    assert client.get(agent, headers=FROM_THE_DATABASE).json()["version"] == 1
    assert len(client.get(f"{agent}/history").json()["items"]) == 1


def test_many_agents_are_alive_at_once(client: httpx.Client, create: Create) -> None:
    paths = [create("agents") for _ in range(3)]
    answer = client.post("/api/v1/agents/heartbeat", json={"ids": [id_of(p) for p in paths[:2]]})
    assert (answer.status_code, answer.content) == (204, b"")
    seen = [client.get(path, params=WITH_LAST_SEEN).json()["lastSeen"] for path in paths]
    assert [moment is not None for moment in seen] == [True, True, False]


def test_last_seen_comes_only_when_asked_for(client: httpx.Client, agent: str) -> None:
    client.post(f"{agent}/heartbeat")
    assert "lastSeen" not in client.get(agent).json()


@pytest.mark.parametrize("condition", ['"1"', "*"])
def test_a_read_with_last_seen_is_never_304(
    client: httpx.Client, agent: str, condition: str
) -> None:
    """The ETag is the version's; a heartbeat makes none."""
    client.post(f"{agent}/heartbeat")
    answer = client.get(agent, params=WITH_LAST_SEEN, headers={"If-None-Match": condition})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert answer.json()["lastSeen"]


@pytest.mark.parametrize(
    ("kind", "include"),
    [("agents", "everything"), ("research", "lastSeen"), ("agents", "lastseen")],
)
def test_only_last_seen_of_agents_is_to_be_included(
    client: httpx.Client, create: Create, kind: str, include: str
) -> None:
    answer = client.get(create(kind), params={"include": include})
    assert_refused(answer, 400, "bad_filter")


def test_an_agent_never_heard_of_has_no_last_seen(client: httpx.Client, agent: str) -> None:
    assert client.get(agent, params=WITH_LAST_SEEN).json()["lastSeen"] is None


def test_lists_show_last_seen_too(
    client: httpx.Client, create: Create, new_id: Callable[[str], str]
) -> None:
    group = new_id("group")
    alive, silent = create("agents", agentType=group), create("agents", agentType=group)
    client.post(f"{alive}/heartbeat")
    items = client.get("/api/v1/agents", params={"agentType": group, **WITH_LAST_SEEN}).json()
    seen = {item["agentId"]: item["lastSeen"] for item in items["items"]}
    assert seen[id_of(alive)]
    assert seen[id_of(silent)] is None


def test_an_unknown_agent_is_404(client: httpx.Client, new_path: NewPath) -> None:
    assert_refused(client.post(f"{new_path('agents')}/heartbeat"), 404, "not_found")


def test_an_unknown_agent_among_many_spoils_nothing(
    client: httpx.Client, agent: str, new_id: Callable[[str], str]
) -> None:
    ids = [new_id("nobody"), id_of(agent)]
    assert client.post("/api/v1/agents/heartbeat", json={"ids": ids}).status_code == 204
    assert client.get(agent, params=WITH_LAST_SEEN).json()["lastSeen"]


def test_a_heartbeat_creates_nothing(client: httpx.Client, new_id: Callable[[str], str]) -> None:
    state_id = new_id("nobody")
    client.post("/api/v1/agents/heartbeat", json={"ids": [state_id]})
    assert client.get(f"/api/v1/agents/{state_id}").status_code == 404


@pytest.mark.parametrize("body", [{}, {"ids": "a"}, {"ids": [1]}, {"ids": [], "more": 1}, []])
def test_it_refuses_another_body(client: httpx.Client, body: object) -> None:
    assert_refused(client.post("/api/v1/agents/heartbeat", json=body), 422, "invalid")


def test_a_recreated_agent_was_not_seen(client: httpx.Client, agent: str) -> None:
    client.post(f"{agent}/heartbeat")
    client.delete(agent, headers={"If-Match": "*"})
    assert_refused(client.post(f"{agent}/heartbeat"), 404, "not_found")
    client.put(agent, json=READY)
    assert client.get(agent, params=WITH_LAST_SEEN).json()["lastSeen"] is None


_BEATS_ON_A_SLOW_CLOCK = """
from datetime import datetime, timedelta
from state.presence import heartbeats
class Slow(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - timedelta(hours=1)
heartbeats.datetime = Slow
print(heartbeats.beat(["{agent_id}"]))
"""


def test_it_is_timed_by_the_database_s_clock(
    client: httpx.Client, server: Server, agent: str, place: Place
) -> None:
    """An instance whose clock is slow would beat before the agent was created."""
    if place.backend_name == "sqlite":
        pytest.skip("an SQLite file has the clock of its instance's machine")
    script = _BEATS_ON_A_SLOW_CLOCK.format(agent_id=id_of(agent))
    assert id_of(agent) in server.backend.manage("shell", "-v0", "-c", script)
    assert -1 < age_seconds(client.get(agent, params=WITH_LAST_SEEN).json()["lastSeen"]) < 10


_BEATS_AGAIN_AFTER_10_SECONDS = """
import sys, time
from datetime import UTC, datetime, timedelta
import django, time_machine
skipped, monotonic = 0.0, time.monotonic
time.monotonic = lambda: monotonic() + skipped
django.setup()
from state.presence import heartbeats
heartbeats.beat([sys.argv[1]])
print(heartbeats.last_seen([sys.argv[1]])[sys.argv[1]])
skipped = 10.0
with time_machine.travel(datetime.now(UTC) + timedelta(seconds=skipped), tick=True):
    heartbeats.beat([sys.argv[1]])
print(heartbeats.last_seen([sys.argv[1]])[sys.argv[1]])
"""


@pytest.mark.one_place
def test_last_seen_is_10_seconds_old_at_most_on_every_instance(
    client: httpx.Client, server: Server, agent: str
) -> None:
    """What was answered is in the database, and what is not written is not 10 s later than that."""
    client.post(f"{agent}/heartbeat")
    stored = "select 1 from state_agentheartbeat where agent_id = %s"
    assert query(server.backend, stored, [id_of(agent)])
    another = server.backend.environment()
    told = run_python("-c", _BEATS_AGAIN_AFTER_10_SECONDS, id_of(agent), environment=another)
    first, second = told.split()
    assert first < second
    assert client.get(agent, params=WITH_LAST_SEEN).json()["lastSeen"] == second
