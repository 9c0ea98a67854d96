"""New states for the tests of the contract, each named by its path."""

from collections.abc import Callable

import httpx
import pytest

from tests.contract.bodies import KINDS, SMALLEST, Body
from tests.rig.server import Server

NewPath = Callable[[str], str]
Create = Callable[..., str]


@pytest.fixture(scope="session")
def client(server: Server) -> httpx.Client:
    """The shared instance with the key of an agent, over one connection: tests are many."""
    return server.client_as("agent")


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
