"""Requests that share a transaction, and what becomes of one when another fails."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.conftest import BACKEND_TOPOLOGY
from tests.contract.bodies import FROM_THE_DATABASE, READY, Body, fact
from tests.contract.refusals import assert_refused
from tests.faults.conftest import Armed
from tests.faults.failpoints import Failpoints
from tests.rig.backends import Backend, Backends
from tests.rig.database import query
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

Together = Callable[..., list[httpx.Response]]
AGENTS = "/api/v1/agents"
ANY_VERSION = {"If-Match": "*"}
UNJUDGED: Body = {**READY, "properties": {"issue": 5}}
"""An agent whose verifier names an issue that is no text: nothing foresees that."""


def queued(here: Armed) -> int:
    """How many operations wait in the server, by its own metrics."""
    with here.server.client_as("viewer") as viewer:
        text = viewer.get("/metrics").text
    [line] = [one for one in text.splitlines() if one.startswith("lightning_queue_depth ")]
    return int(float(line.split()[1]))


@pytest.fixture
def together(here: Armed, threads: ThreadPoolExecutor, new_id: Callable[[str], str]) -> Together:
    """Sends requests, at most three, that meet in one transaction, in the order given."""
    return lambda *requests: sent_together(here, threads, new_id("first"), requests)


def sent_together(
    here: Armed, threads: ThreadPoolExecutor, first_id: str, requests: Sequence[httpx.Request]
) -> list[httpx.Response]:
    """The answers to requests that wait behind a first one."""
    client = here.client()
    with here.failpoints.paused("store.begin"):
        first = threads.submit(client.put, f"{AGENTS}/{first_id}", json=READY)
        here.failpoints.wait_until_hit("store.begin")
        sent = []
        for request in requests:
            sent.append(threads.submit(client.send, request))
            wait_for(lambda: queued(here) == len(sent), what="the request in line")
    assert first.result(20).status_code == 201
    return [one.result(20) for one in sent]


@pytest.fixture
def ids(new_id: Callable[[str], str]) -> list[str]:
    """Agents that are not there yet; `refusing` is about the second one."""
    return [new_id("good"), new_id("refused"), new_id("good")]


def puts(here: Armed, ids: list[str], bodies: list[Body]) -> list[httpx.Request]:
    client = here.client()
    return [
        client.build_request("PUT", f"{AGENTS}/{one}", json=body)
        for one, body in zip(ids, bodies, strict=True)
    ]


def stored(here: Armed, ids: list[str]) -> list[bool]:
    client = here.client()
    paths = [f"{AGENTS}/{one}" for one in ids]
    return [client.get(path, headers=FROM_THE_DATABASE).is_success for path in paths]


def test_a_fault_in_judging_one_request_fails_no_other(
    here: Armed, together: Together, ids: list[str]
) -> None:
    good, bad, other = together(*puts(here, ids, [READY, UNJUDGED, READY]))
    assert (good.status_code, other.status_code) == (201, 201)
    assert_refused(bad, 500, "internal")
    assert stored(here, ids) == [True, False, True]


@pytest.mark.parametrize("atomic", [True, False])
def test_a_fault_in_judging_an_item_stores_nothing_of_its_batch(
    here: Armed, together: Together, ids: list[str], new_id: Callable[[str], str], atomic: bool
) -> None:
    items: list[Body] = [{"id": one, "state": READY} for one in ids]
    items[1]["state"] = UNJUDGED
    body = {"items": items, "atomic": atomic}
    batch = here.client().build_request("POST", f"{AGENTS}/batch-set", json=body)
    neighbour = new_id("neighbour")
    bad, good = together(batch, *puts(here, [neighbour], [READY]))
    assert_refused(bad, 500, "internal")
    assert good.status_code == 201
    assert stored(here, [*ids, neighbour]) == [False, False, False, True]


REFUSE_ON = {
    "postgres": """
create function refuse_row() returns trigger language plpgsql as
$$ begin raise exception 'refused'; end $$;
create trigger refuse_row before insert on state_changerecord
for each row when (new.state_id like 'refused-%') execute function refuse_row()
""",
    "sqlite": """
create trigger refuse_row before insert on state_changerecord
when new.state_id like 'refused-%' begin select raise(abort, 'refused'); end
""",
}
ALLOW_ON = {"postgres": "drop function refuse_row cascade", "sqlite": "drop trigger refuse_row"}


@contextmanager
def refusing(backend: Backend) -> Iterator[None]:
    """The database takes no change of the states called ``refused-…``."""
    query(backend, REFUSE_ON[backend.name])
    try:
        yield
    finally:
        query(backend, ALLOW_ON[backend.name])


def test_a_change_the_database_refuses_fails_no_other(
    here: Armed, together: Together, ids: list[str]
) -> None:
    with refusing(here.server.backend):
        good, bad, other = together(*puts(here, ids, [READY] * 3))
    assert (good.status_code, other.status_code) == (201, 201)
    assert_refused(bad, 500, "internal")
    assert stored(here, ids) == [True, False, True]


def test_one_key_for_two_requests_is_the_key_of_the_one_that_was_done(
    here: Armed, together: Together, ids: list[str], new_id: Callable[[str], str]
) -> None:
    requests = puts(here, ids[:1] * 2, [READY, {**READY, "status": "Paused"}])
    key = new_id("key")
    for request in requests:
        request.headers["Idempotency-Key"] = key
    answers = together(*requests)
    done = next(place for place, answer in enumerate(answers) if answer.status_code == 201)
    assert_refused(answers[1 - done], 422, "idempotency_mismatch")
    again = here.client().send(requests[done])
    assert (again.status_code, again.content) == (201, answers[done].content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert_refused(here.client().send(requests[1 - done]), 422, "idempotency_mismatch")


def test_a_committed_write_whose_body_cannot_be_read_is_a_success(
    here: Armed, new_id: Callable[[str], str]
) -> None:
    client, path = here.client(), f"/api/v1/research/{new_id('research')}"
    body = {"query": "q", "extractedFacts": [fact(1)]}
    for status, content, version in ((201, body, 1), (204, {"sources": ["s"]}, 2)):
        here.failpoints.arm("store.fetch_version", "error")
        try:
            answer = client.request("PUT" if version == 1 else "PATCH", path, json=content)
        finally:
            here.failpoints.disarm("store.fetch_version")
        assert (answer.status_code, answer.content) == (status, b"")
        assert answer.headers["ETag"] == f'"{version}"'
        assert client.get(path, headers=FROM_THE_DATABASE).json()["version"] == version


@pytest.fixture
def unjudged(backends: Backends, backend_name: str) -> Iterator[Armed]:
    """An instance without content verifiers: those may make a write go round once more."""
    backend = backends.fresh(BACKEND_TOPOLOGY[backend_name])
    points = Failpoints(backend.directory / "failpoints-unjudged")
    with running(Server(backend, backend.directory, **points.settings)) as (server,):
        yield Armed(server, points)


def test_the_history_is_right_when_one_transaction_deletes_a_research_twice(
    unjudged: Armed, threads: ThreadPoolExecutor
) -> None:
    client, path = unjudged.client(), "/api/v1/research/r"
    client.put(path, json={"query": "q", "extractedFacts": [fact(1), fact(2)]})
    delete = client.build_request("DELETE", path, headers=ANY_VERSION)
    again = client.build_request("PUT", path, json={"query": "again"})
    once_more = client.build_request("DELETE", path, headers=ANY_VERSION)
    answers = sent_together(unjudged, threads, "first", [delete, again, once_more])
    assert [answer.status_code for answer in answers] == [204, 201, 204]
    assert len(client.get(path, params={"version": 1}).json()["extractedFacts"]) == 2
    assert client.get(path, params={"version": 3}).json()["extractedFacts"] == []
