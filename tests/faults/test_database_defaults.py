"""A database that is a standby, read-only, full, or whose defaults would break a promise."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.bodies import FROM_THE_DATABASE, READY
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backend, Backends
from tests.rig.database import query
from tests.rig.environment import run_python
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

BACK_SECONDS = 3.0
PATH = "/api/v1/agents/known"


@pytest.fixture
def server(mistreated_postgres: Backend) -> Iterator[Server]:
    with running(Server(mistreated_postgres, mistreated_postgres.directory)) as (server,):
        server.client_as("agent").put(PATH, json=READY).raise_for_status()
        yield server


def status_of(client: httpx.Client, method: str, **given: object) -> int:
    return client.request(method, PATH, headers=FROM_THE_DATABASE, **given).status_code  # type: ignore[arg-type]


@pytest.mark.slow
def test_an_address_that_led_to_a_standby_is_asked_anew(server: Server) -> None:
    postgres = server.backend.postgres
    assert postgres is not None
    client = server.client_as("agent")
    postgres.stop()
    postgres.start(as_standby=True)
    try:
        for _ in range(20):
            assert_refused(client.patch(PATH, json={}), 503, "database_unavailable")
            assert status_of(client, "GET") == 503
        assert client.get("/health").status_code == 503
    finally:
        postgres.stop()
        postgres.start()
    wait_for(
        lambda: status_of(client, "PATCH", json={}) == 200,
        timeout_seconds=BACK_SECONDS,
        what="a write after the primary's return",
    )
    wait_for(lambda: health(client) == ("healthy", "ok"), what="health")


def test_a_read_only_database_is_told(server: Server) -> None:
    backend, client = server.backend, server.client_as("agent")
    name = backend.database_url.rpartition("/")[2]
    query(backend, f'alter database "{name}" set default_transaction_read_only = on')
    query(
        backend,
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()",
    )
    wait_for(lambda: status_of(client, "GET") == 200, what="a read")
    assert_refused(client.patch(PATH, json={}), 503, "database_unavailable")
    wait_for(lambda: health(client) == ("degraded", "refused"), what="health telling of it")
    assert client.get("/health/ready").status_code == 503
    query(backend, f'set transaction read write; alter database "{name}" reset all')
    wait_for(lambda: status_of(client, "PATCH", json={}) == 200, what="a write")
    wait_for(lambda: health(client) == ("healthy", "ok"), what="health")
    assert client.get("/health/ready").status_code == 200


def health(client: httpx.Client) -> tuple[str, str]:
    told = client.get("/health").json()
    return told["status"], told["checks"].get("writes", "")


def test_settings_that_lose_writes_are_warned_of(server: Server) -> None:
    """The tests' PostgreSQL runs without fsync."""
    [warning] = server.client().get("/health").json()["warnings"]
    assert warning.startswith("fsync is off")


DEFAULTS = {
    "synchronous_commit": "off",
    "default_transaction_isolation": "'repeatable read'",
    "search_path": "elsewhere, public",
    "standard_conforming_strings": "off",
    "timezone": "'Asia/Tokyo'",
    "datestyle": "'German'",
    "lock_timeout": "0",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
IN_FORCE = {
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",
    "search_path": "public",
    "standard_conforming_strings": "on",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "lock_timeout": "15s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "10s",
}
SHOW = """
import django
django.setup()
from state.store.fetch import run_query
for name in {names}:
    print(run_query(f"show {{name}}")[0][0])
"""


def shown(backend: Backend) -> dict[str, str]:
    script = SHOW.format(names=list(DEFAULTS))
    printed = run_python("-c", script, environment=backend.environment())
    return dict(zip(DEFAULTS, printed.splitlines(), strict=True))


def test_the_defaults_of_the_database_do_not_count(backends: Backends) -> None:
    backend = backends.fresh("postgres")
    name = backend.database_url.rpartition("/")[2]
    for setting, value in DEFAULTS.items():
        query(backend, f'alter database "{name}" set {setting} = {value}')
    assert shown(backend) == IN_FORCE
    query(backend, f'alter database "{name}" set synchronous_commit = remote_apply')
    assert shown(backend)["synchronous_commit"] == "remote_apply"


def test_a_full_disk_is_told_and_left_behind(
    backends: Backends, new_id: Callable[[str], str]
) -> None:
    """A limit of the process on the size of files stands for the disk."""
    backend = backends.fresh("sqlite")
    wal = Path(backend.database_url.removeprefix("sqlite:///") + "-wal")
    with running(Server(backend, backend.directory)) as (server,):
        client = server.client_as("agent")
        client.put(PATH, json=READY).raise_for_status()
        size = wal.stat().st_size
        unlimited = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, unlimited[1]))
        for _ in range(3):
            answer = client.put(f"/api/v1/agents/{new_id('a')}", json=READY)
            assert_refused(answer, 503, "database_unavailable")
        assert status_of(client, "GET") == 200
        wait_for(lambda: health(client)[1] == "refused", what="health telling of it")
        assert client.get("/health/ready").status_code == 503
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)
        wait_for(lambda: status_of(client, "PATCH", json={}) == 200, what="a write")
        wait_for(lambda: health(client) == ("healthy", "ok"), what="health")
