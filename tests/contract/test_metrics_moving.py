"""Every metric of docs/operations.md moves when its cause happens, and the alerts hear of it (§9).

One server with tight limits goes through all causes once; each metric is then looked up in what
was scraped before and at its cause.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import chosen_backends
from tests.contract.bodies import FROM_THE_DATABASE, READY, VERIFICATION, if_match
from tests.contract.leases import acquire
from tests.contract.lock_waiters import asking
from tests.contract.scraping import scrape, value
from tests.contract.watching import watching
from tests.faults.failpoints import Failpoints
from tests.rig.backends import Backends
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

SETTINGS = {
    "LIGHTNING_MAX_CONCURRENT_TASKS": "1",
    "LIGHTNING_CACHE_SIZE_MB": "1",
    "LIGHTNING_L1_TTL_SECONDS": "1",
    "LIGHTNING_CONFIDENCE_THRESHOLD": "0.6",
    "LIGHTNING_SLOW_OPERATION_MS": "0.001",
}
A1 = "/api/v1/agents/a1"


@dataclass
class Story:
    """What was scraped, and which alerts were open, at each cause."""

    texts: dict[str, str] = field(default_factory=dict)
    alerts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def grew(self, chapter: str, name: str, **labels: str) -> float:
        before = value(self.texts["before"], name, **labels)
        return value(self.texts[chapter], name, **labels) - before


@pytest.fixture(scope="module")
def story(request: pytest.FixtureRequest, backends: Backends) -> Iterator[Story]:
    """All causes, one after another."""
    if "postgres" not in chosen_backends(request.config):
        pytest.skip("level 2, and a table that nobody may write: PostgreSQL with Valkey")
    backend = backends.fresh("postgres+redis")
    points = Failpoints(backend.directory / "failpoints")
    told = Story()
    with running(Server(backend, backend.directory, **SETTINGS, **points.settings)) as (server,):
        teller = _Teller(server, told)
        teller.until("before", lambda text: value(text, "lightning_resident_memory_bytes") > 0)
        teller.states_and_caches()
        teller.locks_and_sockets()
        teller.load(points)
        teller.trouble(points)
        yield told


class _Teller:
    """Lets things happen to a server."""

    def __init__(self, server: Server, told: Story) -> None:
        self.server, self.told = server, told
        self.client = server.client_as("agent")
        self.viewer = server.client_as("viewer")

    def until(self, chapter: str, is_there: Callable[[str], bool]) -> None:
        """Scrapes until the cause is seen: gauges are set about once a second."""

        def looked() -> bool:
            self.told.texts[chapter] = scrape(self.viewer)
            return is_there(self.told.texts[chapter])

        wait_for(looked, what=f"{chapter} in the metrics")

    def alerts_until(self, chapter: str, *, opened: set[str] = frozenset(), gone: str = "") -> None:
        def looked() -> bool:
            items = self.viewer.get("/api/v1/alerts", params={"limit": 500}).json()["items"]
            self.told.alerts[chapter] = items
            rules = {one["rule"] for one in items}
            return opened <= rules and gone not in rules

        # Each look is an operation too, and one that does not fail.
        what = f"alerts {opened or f'without {gone}'}"
        wait_for(looked, timeout_seconds=60, poll_seconds=0.25, what=what)

    def states_and_caches(self) -> None:
        assert self.client.put(A1, json=READY).status_code == 201
        assert self.client.put(A1, json=READY, headers=if_match(9)).status_code == 412
        assert self.client.get(A1).headers["X-Cache"] == "L1"
        self.client.get(A1, headers=FROM_THE_DATABASE)
        wait_for(lambda: self.client.get(A1).headers["X-Cache"] == "L2", what="a read from L2")
        big = {**READY, "properties": {"text": "x" * 20_000}}
        for number in range(60):
            assert self.client.put(f"/api/v1/agents/big{number}", json=big).status_code == 201
        bad = {**VERIFICATION, "isVerified": True, "confidenceScore": 0.1}
        assert self.client.put("/api/v1/verifications/v", json=bad).status_code == 422
        judged = self.client.post("/api/verl/check-consistency", json={"statements": ["a", "b"]})
        assert judged.status_code == 200
        assert self.client.put("/api/v1/research/r", json={"query": "q", "status": "Failed"})
        self.alerts_until("failed", opened={"research_failed"})
        for number in range(120):
            self.client.get(f"/api/v1/agents/unknown{number}")
            assert self.client.put(f"/api/v1/agents/bad{number}", json={}).status_code == 422
        self.until(
            "states",
            lambda text: (
                value(text, "lightning_cache_entries", level="L2") > 0
                and value(text, "lightning_cache_bytes", level="L1") > 200_000
            ),
        )
        self.alerts_until("many", opened={"slow_operation", "error_rate", "hit_rate"})

    def locks_and_sockets(self) -> None:
        acquire(self.client, A1, ttlSeconds=600)
        with (
            asking(self.server, A1, "second", waitSeconds=60),
            watching(self.server, self.server.backend.keys["viewer"]) as watcher,
        ):
            watcher.frame()
            for _ in range(10):
                self.viewer.get("/api/v1/events")
            self.until("locks", lambda text: value(text, "lightning_lock_waiters") == 1)

    def load(self, points: Failpoints) -> None:
        """One slot, and a write in it that stands still."""

        def write(name: str) -> int:
            with self.server.client_as("agent") as own:
                return own.put(f"/api/v1/agents/{name}", json=READY).status_code

        with ThreadPoolExecutor(3) as threads:
            with points.paused("store.begin"):
                first = threads.submit(write, "first")
                points.wait_until_hit("store.begin")
                writes = [first, *(threads.submit(write, f"late{number}") for number in range(2))]
                self.until(
                    "load",
                    lambda text: (
                        value(text, "lightning_queue_depth") >= 1
                        and value(text, "lightning_utilization_ratio") == 1
                    ),
                )
            assert [one.result(60) for one in writes] == [201] * 3

    def trouble(self, points: Failpoints) -> None:
        """The tail fails for a while: it is behind, and says so."""
        points.arm("loop.tail", "broken")
        both = {"background_failure", "change_log_lag"}
        self.alerts_until("trouble", opened=both)
        self.until("trouble", lambda text: value(text, "lightning_change_log_lag_seconds") > 2)
        points.disarm("loop.tail")
        for rule in sorted(both):
            self.alerts_until("mended", gone=rule)
        self.until("mended", lambda text: value(text, "lightning_change_log_lag_seconds") < 2)


@dataclass(frozen=True)
class Move:
    """Where a metric is seen to move, and by how much at least."""

    chapter: str
    labels: dict[str, str] = field(default_factory=dict)
    least: float = 1


MOVES = {
    "lightning_operations_total": Move("states", {"operation": "put", "result": "ok"}, 61),
    "lightning_operation_duration_seconds": Move("states", {"operation": "put"}, 61),
    "lightning_operations_executing": Move("load"),
    "lightning_queue_depth": Move("load"),
    "lightning_utilization_ratio": Move("load", least=0.01),
    "lightning_rejections_total": Move("states", {"code": "version_conflict"}),
    "lightning_cache_hits_total": Move("states", {"level": "L2"}),
    "lightning_cache_misses_total": Move("states", {"level": "L1"}),
    "lightning_cache_bytes": Move("states", {"level": "L1"}, 200_000),
    "lightning_cache_entries": Move("states", {"level": "L2"}),
    "lightning_cache_evictions_total": Move("states", {"level": "L1"}),
    "lightning_database_reads_total": Move("states"),
    "lightning_change_log_lag_seconds": Move("trouble"),
    "lightning_websocket_clients": Move("locks", {"socket": "events"}),
    "lightning_locks_held": Move("locks"),
    "lightning_lock_waiters": Move("locks"),
    "lightning_verdicts_total": Move("states", {"verifier": "write", "verdict": "rejected"}),
    "lightning_verification_duration_seconds": Move("states"),
    "lightning_states": Move("states", {"kind": "agent", "status": "Ready"}, 61),
    "lightning_alerts_open": Move("states", {"rule": "research_failed", "severity": "critical"}),
    "lightning_resident_memory_bytes": Move("states"),
    "lightning_background_failures_total": Move("trouble", {"loop": "tail"}),
}
CONSTANT = {
    "lightning_workers": 1,
    "lightning_build_info": 1,
    "lightning_confidence_threshold": 0.6,
}


@pytest.mark.parametrize("name", MOVES)
def test_a_metric_moves_when_its_cause_happens(story: Story, name: str) -> None:
    move = MOVES[name]
    family = name + "_count" if name.endswith("_seconds") and "duration" in name else name
    assert story.grew(move.chapter, family, **move.labels) >= move.least


@pytest.mark.parametrize("name", CONSTANT)
def test_a_constant_is_what_it_says(story: Story, name: str) -> None:
    assert value(story.texts["states"], name) == CONSTANT[name]


def test_what_is_over_goes_back(story: Story) -> None:
    for name in ("lightning_operations_executing", "lightning_queue_depth"):
        assert value(story.texts["mended"], name) == 0
    assert value(story.texts["mended"], "lightning_websocket_clients") == 0


def test_alerts_over_metrics_say_what_was_measured(story: Story) -> None:
    many = {(one["rule"], one["subject"]): one for one in story.alerts["many"]}
    assert many["slow_operation", "put"]["value"] > many["slow_operation", "put"]["threshold"]
    assert many["error_rate", "all operations"]["value"] > 0.01
    assert many["hit_rate", "all levels"]["value"] < 0.7
    [lag] = [one for one in story.alerts["trouble"] if one["rule"] == "change_log_lag"]
    assert (lag["kind"], lag["value"] > 2) == ("instance", True)


def test_an_operation_that_waits_is_not_slow(story: Story) -> None:
    subjects = {one["subject"] for told in story.alerts.values() for one in told}
    assert "events" not in subjects
