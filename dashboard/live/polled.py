"""What no change of the log tells of the agents on open pages: read every so often, told once."""

from collections.abc import Callable, Collection

from dashboard.live.connection import Connection


class Polled:
    """What was read last, and which part of it is new to a page.

    ``name`` is the frame's member, ``read`` gives each agent's text; ``sent_to`` and ``is_for``
    say what a connection was told already, and whether its page shows this at all.
    """

    def __init__(
        self,
        name: str,
        every_seconds: float,
        read: Callable[[Collection[str]], dict[str, str]],
        sent_to: Callable[[Connection], dict[str, str]],
        is_for: Callable[[Connection], bool],
    ) -> None:
        self.name = name
        self.read = read
        self._every_seconds = every_seconds
        self._sent_to = sent_to
        self._is_for = is_for
        self._read_at = float("-inf")
        self._known: dict[str, str] = {}

    def due_at(self, connections: Collection[Connection]) -> float:
        """The monotonic time of the next reading; never, while no page shows it."""
        is_wanted = any(map(self._is_for, connections))
        return self._read_at + self._every_seconds if is_wanted else float("inf")

    def agents_of(self, connections: Collection[Connection]) -> set[str]:
        return {
            agent_id
            for connection in filter(self._is_for, connections)
            for agent_id in connection.watch.agents
        }

    def begin(self, now: float) -> None:
        self._read_at = now

    def keep(self, known: dict[str, str]) -> None:
        self._known = known

    def news_for(self, connection: Connection) -> dict[str, str]:
        """What this page has not been told yet of its agents."""
        if not self._is_for(connection):
            return {}
        sent = self._sent_to(connection)
        news = {
            agent_id: self._known[agent_id]
            for agent_id in connection.watch.agents
            if agent_id in self._known and sent.get(agent_id) != self._known[agent_id]
        }
        sent.update(news)
        return news
