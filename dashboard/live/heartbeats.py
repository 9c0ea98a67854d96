"""The last heartbeats of the agents that open pages show."""

from collections.abc import Collection

from dashboard.live.connection import Connection
from dashboard.live.polled import Polled
from state.presence import heartbeats

EVERY_SECONDS = 5.0


def read_heartbeats(ids: Collection[str]) -> dict[str, str]:
    """The last heartbeat of each of these agents that had one."""
    if not ids:
        return {}
    return heartbeats.last_seen(sorted(ids))


def _shows_agents(connection: Connection) -> bool:
    return bool(connection.watch.agents)


def last_heartbeats() -> Polled:
    return Polled(
        "heartbeats", EVERY_SECONDS, read_heartbeats, lambda one: one.beats_sent, _shows_agents
    )
