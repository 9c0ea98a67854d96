# Made from lightning_client/_async/presence.py by client/tools/make_sync.py; edit that.
"""Signs of life, and orders to the server's caches."""

from types import TracebackType
from typing import Any, Self

from lightning_client._sync.session import Session
from lightning_client.core.background import beat
from lightning_client.core.calls import caches, states


class Heartbeat:
    """Beats in the background until it is stopped, left, or its client is closed."""

    def __init__(self, background: Any) -> None:
        self._background = background

    def stop(self) -> None:
        self._background.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class PresenceCalls(Session):
    """Heartbeats (contract §2) and caches (§6)."""

    def heartbeat(self, *agent_ids: str, every_seconds: float = 10.0) -> Heartbeat:
        """Say in the background that these agents are alive, from now until it is stopped.

        It makes no version. Use it as a context manager, or let it run until the client is
        closed.
        """
        if not agent_ids:
            raise ValueError("at least one agent id is needed")
        flow = beat(self._exchange, agent_ids, every_seconds)
        background = self._driver.background(flow, f"lightning-heartbeat-{agent_ids[0]}")
        self._backgrounds.append(background)
        return Heartbeat(background)

    def beat(self, *agent_ids: str) -> None:
        """Say once that these agents are alive."""
        self._carry_out(states.beat(agent_ids))

    def invalidate_cache(self, key: str | None = None, *, category: str | None = None) -> int:
        """Drop one key, such as ``agent_state:agent-1``, or a category from the server's caches.

        Returns:
            How many entries were dropped (operators).
        """
        if (key is None) == (category is None):
            raise ValueError("a key or a category is needed, not both")
        return self._carry_out(caches.invalidate(key, category))

    def cache_figures(self) -> dict[str, Any]:
        """Hit rates and sizes of the server's caches."""
        return self._carry_out(caches.figures())
