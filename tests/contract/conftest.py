"""The servers and the new states for the tests of the contract."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import BACKEND_TOPOLOGY, chosen_for
from tests.contract.bodies import KINDS, SMALLEST, Body
from tests.contract.lock_waiters import Waiters
from tests.rig.backends import Backend, Backends
from tests.rig.server import Server, running

NewPath = Callable[[str], str]
Create = Callable[..., str]


@dataclass(frozen=True)
class Place:
    """Where a test runs: a database, behind the fast lane or behind Django alone."""

    backend_name: str
    fast_lane: bool

    def __str__(self) -> str:
        return self.backend_name if self.fast_lane else f"{self.backend_name}, Django alone"


MARKERS = {
    "behind_django_too": "Django's door has a part in it that the script of both doors cannot show",
}


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both databases behind the fast lane: that Django's door answers alike is test_fast_lane's.

    A rule that meets no SQL is asked of the first database alone; what waits, streams or breaks
    off is asked of Django's door too.
    """
    if "place" in metafunc.fixturenames:
        chosen = chosen_for(metafunc)
        places = [Place(name, fast_lane=True) for name in chosen]
        if metafunc.definition.get_closest_marker("behind_django_too"):
            places.append(Place(chosen[0], fast_lane=False))
        metafunc.parametrize("place", places, ids=str, scope="session")


@pytest.fixture(scope="session")
def backend(backends: Backends, place: Place) -> Backend:
    """The database shared by a place's tests."""
    return backends.fresh(BACKEND_TOPOLOGY[place.backend_name])


@pytest.fixture(scope="session")
def server(backend: Backend, place: Place) -> Iterator[Server]:
    """The instance shared by a place's tests: leave it running, use ids of your own."""
    fast_lane = "1" if place.fast_lane else "0"
    with running(Server(backend, backend.directory, LIGHTNING_FAST_LANE=fast_lane)) as (instance,):
        yield instance


@pytest.fixture(scope="session")
def client(server: Server) -> httpx.Client:
    """The shared instance with the key of an agent, over one connection: tests are many."""
    return server.client_as("agent")


@pytest.fixture(scope="session")
def viewer(server: Server) -> httpx.Client:
    """The shared instance with the key of a viewer."""
    return server.client_as("viewer")


@pytest.fixture(scope="session")
def operator(server: Server) -> httpx.Client:
    """The shared instance with the key of an operator."""
    return server.client_as("operator")


@pytest.fixture(scope="session")
def anonymous(server: Server) -> httpx.Client:
    """The shared instance without credentials."""
    return server.client()


@pytest.fixture
def new_path(new_id: Callable[[str], str]) -> NewPath:
    """Paths of states that are not there: ``new_path("agents")``."""
    return lambda kind: f"/api/v1/{kind}/{new_id(kind)}"


@pytest.fixture
def create(client: httpx.Client, new_path: NewPath) -> Create:
    """Creates a state and returns its path: ``create("agents", status="Paused")``."""

    def created(kind: str, **members: object) -> str:
        path = new_path(kind)
        answer = client.put(path, json={**SMALLEST[kind], **members})
        assert answer.status_code == 201, answer.text
        return path

    return created


@pytest.fixture
def agent(create: Create) -> str:
    """The path of a new agent at version 1."""
    return create("agents")


@pytest.fixture
def research(create: Create) -> str:
    """The path of a new research without facts at version 1."""
    return create("research")


@pytest.fixture
def verification(create: Create) -> str:
    """The path of a new verification at version 1."""
    return create("verifications")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Every kind's path segment in turn."""
    segment: str = request.param
    return segment


@pytest.fixture
def state(create: Create, kind: str) -> str:
    """The path of a new state of every kind in turn."""
    return create(kind)


@pytest.fixture
def body(kind: str) -> Body:
    """The smallest legal body of every kind in turn."""
    return dict(SMALLEST[kind])


@pytest.fixture
def waiters() -> Iterator[Waiters]:
    """Clients that wait for locks, in the background."""
    started = Waiters()
    yield started
    started.close()
