"""Clients of the shared server."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from lightning_client import AgentState, AsyncLightning, Lightning

from tests.rig.server import Server

NewClient = Callable[..., Lightning]


@pytest.fixture
def new_client(server: Server) -> Iterator[NewClient]:
    """Clients with the key of a role: ``new_client("operator", cache=True)``."""
    opened: list[Lightning] = []

    def open_client(role: str = "agent", url: str | None = None, **options: Any) -> Lightning:
        client = Lightning(url or server.url, server.backend.keys[role], **options)
        opened.append(client)
        return client.__enter__()

    yield open_client
    for client in opened:
        client.close()


@pytest.fixture
def lightning(new_client: NewClient) -> Lightning:
    """A client with an agent's key."""
    return new_client()


@pytest.fixture
async def async_lightning(server: Server) -> AsyncIterator[AsyncLightning]:
    """The same, awaited."""
    async with AsyncLightning(server.url, server.backend.keys["agent"]) as client:
        yield client


@pytest.fixture
def agent_id(lightning: Lightning, new_id: Callable[[str], str]) -> str:
    """A new agent at version 1, Ready."""
    agent = new_id("agent")
    lightning.set("agent", agent, AgentState(agent_type="Researcher", status="Ready"))
    return agent
