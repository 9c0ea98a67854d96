"""What every part of the client has: servers, credentials, the way to run a flow."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from lightning_client.core.background import keep_right
from lightning_client.core.cache import LocalCache
from lightning_client.core.call import Call
from lightning_client.core.circuit import CircuitState
from lightning_client.core.effects import Flow
from lightning_client.core.exchange import Exchange
from lightning_client.core.headers import header_text
from lightning_client.core.lease import token_for
from lightning_client.core.policy import Policy, Strategy
from lightning_client.drivers.asynchronous import AsyncDriver

T = TypeVar("T")


class AsyncSession:
    """One client's servers, connections and patience."""

    def __init__(
        self,
        url: str | Sequence[str],
        key: str | None = None,
        *,
        strategy: Strategy = "Balanced",
        policy: Policy | None = None,
        cache: bool | LocalCache = False,
        max_connections: int = 100,
    ) -> None:
        urls = [url] if isinstance(url, str) else list(url)
        for one in urls:
            if not one.startswith(("http://", "https://")):
                raise ValueError(f"{one!r} is not an http or https URL")
        self._exchange = Exchange(urls, policy or Policy.of(strategy))
        self._driver = AsyncDriver(header_text(key or ""), max_connections)
        self._cache = LocalCache() if cache is True else cache or None
        self._backgrounds: list[Any] = []
        self._cache_watch: Any = None

    async def __aenter__(self) -> Self:
        self._begin_to_watch()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End heartbeats, watches and the cache; close the connections."""
        for background in [*self._backgrounds, self._cache_watch]:
            if background is not None:
                await background.stop()
        self._backgrounds.clear()
        await self._driver.close()

    @property
    def circuits(self) -> dict[str, CircuitState]:
        """The circuit breakers' states, by URL."""
        return self._exchange.endpoints.circuits

    @property
    def circuit(self) -> CircuitState:
        """The state of the circuit breaker of the server that is asked next."""
        return self.circuits[self._exchange.endpoints.current_url]

    @property
    def cache(self) -> LocalCache | None:
        """The local cache; None when there is none."""
        return self._cache

    def _begin_to_watch(self) -> None:
        if self._cache is not None and self._cache_watch is None:
            flow = keep_right(self._exchange, self._cache)
            self._cache_watch = self._driver.background(flow, "lightning-cache")

    async def _carry_out(self, call: Call[T]) -> T:
        return await self._driver.run(self._exchange.carry_out(call))

    async def _run(self, flow: Flow[T]) -> T:
        return await self._driver.run(flow)

    def _token(self, kind: str, state_id: str, given: str | None) -> str:
        """The Lock-Token of a write; raises LockLost."""
        return token_for(self, (kind, state_id), given)

    def _token_later(self, kind: str, state_id: str, given: str | None) -> Callable[[], str]:
        return lambda: token_for(self, (kind, state_id), given)

    def _saw(self, kind: str, state_id: str, version: int) -> None:
        """This client made a version: its cache must not answer with an older one."""
        if self._cache is not None:
            self._cache.saw((kind, state_id), version)
