"""The past and the present of the change log: history, diff, restore, snapshot, watch."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any, Literal, overload

import httpx

from lightning_client._async.session import AsyncSession
from lightning_client.answers import Change, Difference
from lightning_client.core.call import Answer, Failure, refusal
from lightning_client.core.calls import history
from lightning_client.core.kinds import kind_of
from lightning_client.core.restoring import restore
from lightning_client.core.snapshots import SnapshotReader
from lightning_client.core.watching import Watched, as_tuple, follow
from lightning_client.states import AgentState, AnyState, Kind, ResearchState, VerificationState


class AsyncHistoryCalls(AsyncSession):
    """History, restore, the change log (contract §5)."""

    async def history(
        self, kind: Kind, id: str, *, before: int | None = None, page_size: int = 100
    ) -> AsyncIterator[Change]:
        """Every change of a state, the newest first; still there after a delete.

        Args:
            before: only versions below this one.

        Raises:
            NotFound: when there never was such a state.
        """
        one = kind_of(kind)
        while True:
            call = history.history_page(one, id, limit=page_size, before=before)
            page = await self._carry_out(call)
            for change in page.items:
                yield change
            before = page.next
            if before is None:
                return

    async def diff(self, kind: Kind, id: str, from_version: int, to_version: int) -> Difference:
        """The top-level fields in which two versions differ.

        Raises:
            NotFound: when one of them is not known (any more).
        """
        return await self._carry_out(history.diff(kind_of(kind), id, from_version, to_version))

    @overload
    async def restore(
        self,
        kind: Literal["agent"],
        id: str,
        version: int,
        *,
        current_version: int | None = ...,
        reason: str = ...,
    ) -> AgentState: ...
    @overload
    async def restore(
        self,
        kind: Literal["research"],
        id: str,
        version: int,
        *,
        current_version: int | None = ...,
        reason: str = ...,
    ) -> ResearchState: ...
    @overload
    async def restore(
        self,
        kind: Literal["verification"],
        id: str,
        version: int,
        *,
        current_version: int | None = ...,
        reason: str = ...,
    ) -> VerificationState: ...
    async def restore(
        self,
        kind: Kind,
        id: str,
        version: int,
        *,
        current_version: int | None = None,
        reason: str = "",
    ) -> Any:
        """Write a past version's content as a new version (operators).

        Args:
            current_version: what is to be replaced; 0: the state is deleted. Default: whatever
                is there now.

        Raises:
            VersionConflict: when `current_version` is not the current one.
            NotFound: when the version is not known (any more).
        """
        stored = await self._run(
            restore(
                self._exchange,
                kind_of(kind),
                id,
                version,
                current_version=current_version,
                lock_token=self._token(kind, id, None),
                reason=reason,
            )
        )
        self._saw(kind, id, stored.version)
        return stored

    async def snapshot(self, at: str | datetime | None = None) -> AsyncIterator[AnyState]:
        """Every state as it was at a cursor or a time (default: now), streamed.

        Raises:
            CursorExpired: when the log no longer reaches back so far.
            Unreachable: when the stream broke off.
        """
        reader = SnapshotReader()
        endpoint = self._exchange.endpoints.pick()
        if endpoint is None:
            raise self._exchange.nothing_sent()
        url = endpoint.url + history.snapshot_path(at)
        try:
            async with self._driver.lines(url, {}) as lines:
                endpoint.circuit.succeeded()
                if isinstance(lines, Answer):
                    raise refusal(lines)
                async for line in lines:
                    state = reader.read(line)
                    if state is not None:
                        yield state
        except httpx.RequestError as error:
            endpoint.circuit.failed()
            raise self._exchange.trouble(Failure(error)) from error
        reader.check_complete()

    async def watch(
        self,
        kinds: Iterable[Kind] = (),
        ids: Iterable[str] = (),
        *,
        after: str | None = None,
    ) -> AsyncIterator[Change]:
        """Changes as they happen: none missed, none twice, of each state in version order.

        It reconnects, to the next server if there are several, and goes on where it was; it ends
        only when its iterator is closed (``break``) or the client is.

        Args:
            kinds: only of these; default: all.
            ids: only of these; default: all.
            after: the cursor to go on from: of the last change seen, of a list, or of a
                snapshot. Default: from now on.

        Raises:
            CursorExpired: when the log no longer reaches back so far: read the list again and
                watch from its cursor.
            BadCursor, Unauthenticated, Forbidden
        """
        wanted = Watched(as_tuple(kinds), as_tuple(ids), after)
        async for signal in self._driver.stream(follow(self._exchange, wanted)):
            if isinstance(signal, Change):
                yield signal
