"""Numbers for operators and for Prometheus (contract §9)."""

from collections.abc import Callable

import httpx

from tests.conftest import FreshServer
from tests.contract.processes import worker_pids
from tests.contract.scraping import scrape, value
from tests.rig.server import Server
from tests.rig.waiting import wait_for

AGENT = {"agentType": "a", "status": "Ready"}
NAMES = [
    "lightning_operations_total", "lightning_operation_duration_seconds",
    "lightning_operations_executing", "lightning_queue_depth", "lightning_utilization_ratio",
    "lightning_rejections_total", "lightning_cache_hits_total", "lightning_cache_misses_total",
    "lightning_cache_bytes", "lightning_cache_entries", "lightning_cache_evictions_total",
    "lightning_database_reads_total", "lightning_change_log_lag_seconds",
    "lightning_websocket_clients", "lightning_locks_held", "lightning_lock_waiters",
    "lightning_verdicts_total", "lightning_verification_duration_seconds", "lightning_states",
    "lightning_alerts_open", "lightning_workers", "lightning_resident_memory_bytes",
    "lightning_background_failures_total", "lightning_build_info",
]  # fmt: skip


def test_every_promised_metric_is_there(viewer: httpx.Client, agent: str) -> None:
    text = scrape(viewer)
    assert [name for name in NAMES if f"# TYPE {name} " not in text] == []
    assert 'lightning_websocket_clients{socket="dashboard"} ' in text  # also when none was open


def test_it_asks_for_credentials(anonymous: httpx.Client) -> None:
    assert anonymous.get("/metrics").status_code == 401
    assert anonymous.get("/api/v1/metrics").status_code == 401


def test_what_happens_is_counted(
    client: httpx.Client, viewer: httpx.Client, new_path: Callable[[str], str]
) -> None:
    before = scrape(viewer)
    path = new_path("agents")
    client.put(path, json=AGENT)
    client.get(path)
    client.get(path, headers={"Cache-Control": "no-cache"})
    client.put(path, json=AGENT, headers={"If-Match": '"9"'})
    client.post(
        "/api/v1/locks", json={"kind": "agent", "id": path.rpartition("/")[2], "owner": "me"}
    )
    after = scrape(viewer)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("lightning_operations_total", operation="put", kind="agent", result="ok") >= 1
    assert grown("lightning_operations_total", operation="get", kind="agent", result="ok") >= 2
    assert grown("lightning_operations_total", operation="put", result="version_conflict") >= 1
    assert grown("lightning_rejections_total", code="version_conflict") >= 1
    assert grown("lightning_operation_duration_seconds_count", operation="put") >= 2
    assert grown("lightning_cache_hits_total", level="L1") >= 1
    assert grown("lightning_database_reads_total") >= 1
    assert grown("lightning_states", kind="agent", status="Ready") >= 1
    # Leases of other tests may have ended meanwhile: this one's is there.
    assert value(after, "lightning_locks_held") >= 1


def test_the_windows_have_the_same(
    client: httpx.Client, viewer: httpx.Client, new_path: Callable[[str], str]
) -> None:
    path = new_path("agents")
    client.put(path, json=AGENT)
    report = viewer.get("/api/v1/metrics").json()
    assert set(report["windows"]) == {"1m", "5m", "15m"}
    put = report["windows"]["15m"]["operations"]["put"]
    assert put["count"] >= 1
    assert 0 < put["p50Ms"] <= put["p95Ms"] <= put["p99Ms"]
    assert sum(point["operations"] for point in report["series"]) >= 1


def test_the_series_is_kept_across_a_restart(fresh_server: FreshServer) -> None:
    server = fresh_server()
    client = server.client_as("agent")
    assert client.put("/api/v1/agents/a", json=AGENT).status_code == 201
    server.restart()
    series = server.client_as("viewer").get("/api/v1/metrics").json()["series"]
    assert sum(point["changes"] for point in series) == 1


def test_whichever_worker_answers_it_tells_of_all(fresh_server: FreshServer) -> None:
    server: Server = fresh_server(LIGHTNING_MIN_INSTANCES="2")
    assert len(worker_pids(server)) == 2
    writers = [server.client_as("agent") for _ in range(8)]  # on both workers
    for number in range(80):
        path = f"/api/v1/agents/a{number}"
        assert writers[number % 8].put(path, json=AGENT).status_code == 201
    scrapers = [server.client_as("viewer") for _ in range(6)]
    wait_for(
        lambda: all(
            value(scrape(one), "lightning_operations_total", operation="put") == 80
            for one in scrapers
        ),
        what="80 writes, whoever is asked",
    )
    wait_for(lambda: value(scrape(scrapers[0]), "lightning_workers") == 2, what="two workers")
    text = scrape(scrapers[0])
    assert [name for name in NAMES if f"# TYPE {name} " not in text] == []
    if server.backend.redis_url:

        def in_redis() -> float:
            levels = scrapers[0].get("/api/v1/cache").json()["levels"]
            entries: float = levels["L2"]["entries"]
            return entries

        wait_for(
            lambda: value(scrape(scrapers[0]), "lightning_cache_entries", level="L2") == in_redis(),
            what="what Redis holds, once",
        )
