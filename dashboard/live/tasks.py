"""Whether tasks of the agents on open pages have changed: no change of the log tells of them."""

from collections.abc import Collection

from dashboard.live.connection import Connection
from state.service.tasking import digest_of_tasks

TOPIC = "tasks"
"""A page that shows an agent's tasks asks for this one."""
EVERY_SECONDS = 0.4


def read_digests(agent_ids: Collection[str]) -> dict[str, str]:
    """The digest of each agent's tasks, as its page shows them."""
    return {agent_id: digest_of_tasks(agent_id) for agent_id in sorted(agent_ids)}


class TaskDigests:
    """What was read last, and which part of it is new to a page."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._known: dict[str, str] = {}

    def due_at(self, connections: Collection[Connection]) -> float:
        """Never, while no page shows tasks."""
        is_wanted = any(_shows_tasks(connection) for connection in connections)
        return self._read_at + EVERY_SECONDS if is_wanted else float("inf")

    def agents_of(self, connections: Collection[Connection]) -> set[str]:
        return {
            agent_id
            for connection in connections
            if _shows_tasks(connection)
            for agent_id in connection.watch.agents
        }

    def begin(self, now: float) -> None:
        self._read_at = now

    def keep(self, known: dict[str, str]) -> None:
        self._known = known

    def news_for(self, connection: Connection) -> dict[str, str]:
        """The digests of this page's agents that it has not been told of."""
        if not _shows_tasks(connection):
            return {}
        sent = connection.tasks_sent
        news = {
            agent_id: self._known[agent_id]
            for agent_id in connection.watch.agents
            if agent_id in self._known and sent.get(agent_id) != self._known[agent_id]
        }
        sent.update(news)
        return news


def _shows_tasks(connection: Connection) -> bool:
    return TOPIC in connection.watch.topics and not connection.hidden
