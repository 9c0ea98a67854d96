"""§7: which status may follow which, with the default and with the strict policy."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.contract.bodies import SMALLEST, if_match
from tests.contract.conftest import Create, Place
from tests.contract.refusals import assert_refused
from tests.rig.backends import Backend
from tests.rig.server import Server, running

pytestmark = pytest.mark.one_place

Table = dict[str, set[str]]

AGENT: Table = {
    "Initializing": {"Ready", "Failed"},
    "Ready": {"Processing", "Paused", "Completed", "Failed"},
    "Processing": {"Ready", "Paused", "Completed", "Failed"},
    "Paused": {"Ready", "Processing", "Completed", "Failed"},
    "Completed": {"Ready", "Initializing"},
    "Failed": {"Initializing", "Ready"},
}
RESEARCH: Table = {
    "Pending": {"InProgress", "Failed"},
    "InProgress": {"Verifying", "Completed", "Failed"},
    "Verifying": {"InProgress", "Completed", "Failed"},
    "Completed": set(),
    "Failed": set(),
}
STRICT_RESEARCH: Table = {
    **RESEARCH,
    "Pending": {"InProgress"},
    "InProgress": {"Verifying", "Failed"},
}


def pairs(kind: str, table: Table) -> list[tuple[str, str, str, bool]]:
    """Every step from every status, and whether it is legal."""
    return [(kind, old, new, new == old or new in table[old]) for old in table for new in table]


def assert_step(client: httpx.Client, path: str, new: str, legal: bool) -> None:
    """The step is taken, or refused with nothing stored."""
    answer = client.patch(path, json={"status": new})
    if legal:
        assert (answer.status_code, answer.json()["status"]) == (200, new)
    else:
        assert_refused(answer, 409, "illegal_transition")
        assert client.get(path).json()["version"] == 1


@pytest.mark.parametrize(
    ("kind", "old", "new", "legal"), pairs("agents", AGENT) + pairs("research", RESEARCH)
)
def test_the_default_policy(
    client: httpx.Client, create: Create, kind: str, old: str, new: str, legal: bool
) -> None:
    assert_step(client, create(kind, status=old), new, legal)


def test_a_put_is_held_to_it_too(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    body = {"query": "q", "status": "InProgress"}
    assert_refused(client.put(path, json=body, headers=if_match(1)), 409, "illegal_transition")


def test_a_put_without_a_status_asks_for_the_default(client: httpx.Client, create: Create) -> None:
    path = create("research", status="InProgress")
    answer = client.put(path, json={"query": "q"}, headers=if_match(1))
    assert_refused(answer, 409, "illegal_transition")


def test_after_a_delete_any_status_is_legal(client: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    client.delete(path, headers=if_match(1))
    answer = client.put(path, json={"query": "q", "status": "Pending"})
    assert answer.status_code == 201


# --- Force -------------------------------------------------------------------------------------


def test_an_operator_forces_a_transition(operator: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    answer = operator.patch(path, params={"force": "true"}, json={"status": "InProgress"})
    assert (answer.status_code, answer.json()["status"]) == (200, "InProgress")


def test_force_lifts_transitions_only(operator: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed", iterationCount=3)
    force = {"force": "true"}
    answer = operator.patch(path, params=force, json={"iterationCount": 1})
    assert_refused(answer, 422, "verification_rejected")
    answer = operator.patch(path, params=force, json={"status": "Sleeping"})
    assert_refused(answer, 422, "invalid")
    answer = operator.patch(path, params=force, json={}, headers=if_match(9))
    assert_refused(answer, 412, "version_conflict")


def test_without_force_an_operator_is_refused_too(operator: httpx.Client, create: Create) -> None:
    path = create("research", status="Completed")
    answer = operator.patch(path, json={"status": "InProgress"})
    assert_refused(answer, 409, "illegal_transition")


# --- Strict ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict_client(backend: Backend) -> Iterator[httpx.Client]:
    """An instance with the strict policy, on the shared database."""
    server = Server(backend, backend.directory, LIGHTNING_TRANSITIONS="strict")
    with running(server):
        yield server.client_as("agent")


def test_the_strict_policy(
    strict_client: httpx.Client, place: Place, new_id: Callable[[str], str]
) -> None:
    steps = pairs("agents", AGENT) + pairs("research", STRICT_RESEARCH)
    for kind, old, new, legal in steps:
        path = f"/api/v1/{kind}/{new_id(kind)}"
        created = strict_client.put(path, json={**SMALLEST[kind], "status": old})
        assert created.status_code == 201, "any status is legal at creation"
        assert_step(strict_client, path, new, legal)
