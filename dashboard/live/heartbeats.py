"""The last heartbeats of the agents that open pages show: no change of the log tells of them."""

from collections.abc import Collection

from dashboard.live.connection import Connection
from state.presence import heartbeats

EVERY_SECONDS = 5.0


def read_heartbeats(ids: Collection[str]) -> dict[str, str]:
    """The last heartbeat of each of these agents that had one."""
    if not ids:
        return {}
    return heartbeats.last_seen(sorted(ids))


class Heartbeats:
    """What was read last, and which part of it is new to a page."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._known: dict[str, str] = {}

    def due_at(self) -> float:
        return self._read_at + EVERY_SECONDS

    def begin(self, now: float) -> None:
        self._read_at = now

    def keep(self, known: dict[str, str]) -> None:
        self._known = known

    def news_for(self, connection: Connection) -> dict[str, str]:
        """The beats of the agents on this page that it has not been told of."""
        sent = connection.beats_sent
        news = {
            agent_id: self._known[agent_id]
            for agent_id in connection.watch.agents
            if agent_id in self._known and sent.get(agent_id) != self._known[agent_id]
        }
        sent.update(news)
        return news
