"""Watchers while the database is away, the log's tail stands still, or retention passes by."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.contract.bodies import READY, fact
from tests.contract.refusals import assert_refused
from tests.contract.watching import watching
from tests.faults.conftest import Armed
from tests.patience import attempts
from tests.rig.backends import Backend
from tests.rig.database import query
from tests.rig.server import FreshServer

pytestmark = pytest.mark.faults

TOLD_SECONDS = 20.0  # after the four that the pool tries
IN_FORCE_SECONDS = 5.0


@contextmanager
def nobody_can_connect(backend: Backend) -> Iterator[None]:
    """The database is away: connections are cut off and none can be made."""
    parts = urlsplit(backend.database_url)
    name = parts.path.removeprefix("/")
    away = "alter database {} with allow_connections {}"
    with psycopg.connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL(away).format(sql.Identifier(name), sql.SQL("false")))
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
        connection.execute(cut, [name])
        try:
            yield
        finally:
            connection.execute(sql.SQL(away).format(sql.Identifier(name), sql.SQL("true")))


def test_who_connects_while_the_database_is_away_is_told_so(
    fresh_server: FreshServer, fresh_backend: Backend
) -> None:
    if fresh_backend.name != "postgres":
        pytest.skip("SQLite's file has no connection to lose")
    server = fresh_server()
    with (
        nobody_can_connect(fresh_backend),
        watching(server, fresh_backend.keys["viewer"]) as watcher,
    ):
        frame = watcher.frame_within(TOLD_SECONDS)
        _, close_code = watcher.closed()
    assert (frame["type"], frame["code"]) == ("error", "database_unavailable")
    assert close_code == 1011


def test_a_revoked_key_loses_its_socket_also_after_the_database_failed(
    here: Armed, new_id: Callable[[str], str]
) -> None:
    # The best of three: a machine that stands still makes a check late, and not every time.
    for _ in attempts("a revocation in force in time", most=3):
        seconds = seconds_from_revocation_to_close(here, new_id("watcher"))
        assert seconds < 20
        if seconds < IN_FORCE_SECONDS:
            return


def seconds_from_revocation_to_close(here: Armed, name: str) -> float:
    """With a check of the credentials before it that met a database in trouble."""
    key = here.server.create_key(name, "viewer")
    with watching(here.server, key, ids="nobody") as watcher:
        watcher.frame()
        here.failpoints.arm("loop.credentials", "error")
        here.failpoints.wait_until_hit("loop.credentials")
        here.failpoints.disarm("loop.credentials")
        revoke = "update state_apikey set revoked = not revoked where name = %s"
        query(here.server.backend, revoke, [name])
        revoked_at = time.monotonic()
        frame, close_code = watcher.closed()
        seconds = time.monotonic() - revoked_at
    assert frame is not None
    assert (frame["code"], close_code) == ("unauthenticated", 4401)
    return seconds


def test_watchers_go_on_while_the_tail_stands_still(
    here: Armed, there: Armed, new_id: Callable[[str], str]
) -> None:
    state_id = new_id("agent")
    key = there.server.backend.keys["viewer"]
    with watching(there.server, key, ids=state_id) as watcher:
        watcher.frame()
        with there.failpoints.paused("tail.read"):
            there.failpoints.wait_until_hit("tail.read")
            here.client().put(f"/api/v1/agents/{state_id}", json=READY)
            assert [event["id"] for event in watcher.events(1)] == [state_id]


@pytest.mark.parametrize("asked", ["?version=1", "/diff?from=1&to=2"])
def test_a_version_whose_facts_go_while_it_is_read_is_not_found(
    here: Armed, threads: ThreadPoolExecutor, new_id: Callable[[str], str], asked: str
) -> None:
    client, path = here.client(), f"/api/v1/research/{new_id('research')}"
    client.put(path, json={"query": "q", "extractedFacts": [fact(1), fact(2)]})
    client.patch(path, json={"extractedFacts": [fact(3)]})
    with here.failpoints.paused("store.past"):
        reading = threads.submit(client.get, f"{path}{asked}")
        here.failpoints.wait_until_hit("store.past")
        here.server.backend.manage("prune_history", "--days", "0")
    assert_refused(reading.result(20), 404, "not_found")
    assert client.get(path).json()["version"] == 2
