"""Redis killed, restarted, flushed, stalled or back with old data, under load: nobody notices."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from redis import Redis

from tests.faults.redis_load import Load
from tests.rig.backends import Backend, Backends
from tests.rig.server import Server, running
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow]

STALL_SECONDS = 2.0
PROBE_SECONDS = 1.0  # how often an instance tries a Redis that failed


@pytest.fixture(scope="module")
def backend(backends: Backends) -> Backend:
    """PostgreSQL with a Redis that may be mistreated."""
    backend = backends.fresh("postgres+redis")
    if backend.valkey is None:
        pytest.skip("TEST_REDIS_URL is somebody else's server: it is not killed or stalled")
    return backend


@pytest.fixture
def valkey(backend: Backend) -> Valkey:
    assert backend.valkey is not None
    return backend.valkey


@pytest.fixture
def redis(backend: Backend) -> Iterator[Redis]:
    assert backend.redis_url is not None
    with Redis.from_url(backend.redis_url, socket_timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def servers(backend: Backend) -> Iterator[tuple[Server, Server]]:
    """Two instances for all tests: each leaves Redis working. Level 1 forgets after a second."""
    short = {"LIGHTNING_L1_TTL_SECONDS": "1"}
    first, second = (Server(backend, backend.directory, **short) for _ in range(2))
    with running(first, second):
        yield first, second


@pytest.fixture
def load(servers: tuple[Server, Server]) -> Iterator[Load]:
    """Requests on both instances, level 2 among those who answer."""
    with Load(*servers) as load:
        load.wait_for_level("L2")
        yield load


@pytest.fixture
def viewer(servers: tuple[Server, Server]) -> httpx.Client:
    """Looks at the instance that is read from."""
    return servers[1].client_as("viewer")


def is_available(viewer: httpx.Client) -> bool:
    """Whether the instance has level 2."""
    available: bool = viewer.get("/api/v1/cache").json()["levels"]["L2"]["available"]
    return available


def test_redis_killed_and_started_again(load: Load, viewer: httpx.Client, valkey: Valkey) -> None:
    with valkey.away():
        wait_for(lambda: not is_available(viewer), what="the loss of level 2 in the report")
        load.wait_for_reads(200)
        assert viewer.get("/health").json()["status"] == "degraded"
    wait_for(lambda: is_available(viewer), what="level 2 in the report again")
    load.wait_for_level("L2")
    load.finish()


def test_redis_flushed_over_and_over(load: Load, redis: Redis) -> None:
    for _ in range(10):
        redis.flushall()
        load.wait_for_reads(50)
    load.wait_for_level("L2")
    load.finish()


def test_redis_stalled_for_two_seconds(load: Load, viewer: httpx.Client, valkey: Valkey) -> None:
    for _ in range(2):
        # The report is a moment old: what it tells of the last trouble is no sign of this one.
        wait_for(lambda: is_available(viewer), what="level 2 in the report")
        with valkey.paused():
            wait_for(lambda: not is_available(viewer), what="the stall noticed")
            # The next probe meets the stalled server as well.
            with pytest.raises(AssertionError):
                wait_for(
                    lambda: is_available(viewer),
                    timeout_seconds=STALL_SECONDS - 0.5,
                    what="level 2 although Redis hangs",
                )
            load.wait_for_reads(50)
        load.wait_for_level("L2")
    load.finish()


def test_redis_back_with_old_data(load: Load, redis: Redis) -> None:
    for _ in range(3):
        old = {key: redis.dump(key) for key in redis.scan_iter("{lightning:*")}
        load.wait_for_level("L2", 40)
        with redis.pipeline() as pipeline:
            pipeline.flushall()
            for key, value in old.items():
                if value is not None:
                    pipeline.restore(key, 900_000, value)
            pipeline.execute()
        load.wait_for_level("L2", 40)
    load.finish()


def test_redis_out_of_memory(load: Load, viewer: httpx.Client, valkey: Valkey) -> None:
    with valkey.configured({"maxmemory": "1"}):
        wait_for(lambda: not is_available(viewer), what="the loss of level 2 in the report")
        load.wait_for_reads(100)
    load.wait_for_level("L2")
    load.finish()


def test_an_instance_starts_without_its_redis(backend: Backend, valkey: Valkey) -> None:
    with ExitStack() as stack:
        with valkey.away():
            (server,) = stack.enter_context(running(Server(backend, backend.directory)))
            one = server.client_as("agent")
            state = {"agentType": "t", "status": "Ready"}
            assert one.put("/api/v1/agents/a", json=state).is_success
            assert one.get("/api/v1/agents/a").headers["X-Cache"] == "L1"
            wait_for(lambda: not is_available(one), what="the loss of level 2 in the report")
        wait_for(lambda: is_available(one), what="level 2 once Redis is there")


def test_trouble_is_logged_once(
    servers: tuple[Server, Server],
    viewer: httpx.Client,
    valkey: Valkey,
    new_id: Callable[[str], str],
) -> None:
    def told() -> tuple[int, int]:
        """How often the log says that level 2 fails, and that it works again."""
        log = servers[1].log_tail(1000)
        return log.count("(Redis) does not work"), log.count("(Redis) works again")

    wait_for(lambda: is_available(viewer), what="level 2")
    with valkey.away():
        wait_for(lambda: not is_available(viewer), what="the loss of level 2")
        lost = time.monotonic()
        while time.monotonic() < lost + 3 * PROBE_SECONDS:
            viewer.get(f"/api/v1/agents/{new_id('unknown')}")
        troubles, ends = told()
        # A machine that stood still before has made trouble of its own, and its end.
        assert troubles == ends + 1
    wait_for(lambda: is_available(viewer), what="level 2 again")
    assert told()[1] > ends
