# Made from lightning_client/_async/batches.py by client/tools/make_sync.py; edit that.
"""Many states at once, lists of them, and what belongs to lists."""

from collections.abc import Iterator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, TypeVar, Unpack, overload

from lightning_client._sync.session import Session
from lightning_client.answers import BatchResult, Page
from lightning_client.core.calls import batches, states
from lightning_client.core.kinds import kind_of
from lightning_client.core.options import ListOptions
from lightning_client.states import (
    AgentState,
    Fact,
    Kind,
    ResearchState,
    State,
    VerificationState,
)

S = TypeVar("S", bound=State)


class ListCalls(Session):
    """Batches (contract §3) and lists (§2)."""

    @overload
    def get_many(
        self, kind: Literal["agent"], ids: Iterable[str], *, fresh: bool = ...
    ) -> dict[str, AgentState]: ...
    @overload
    def get_many(
        self, kind: Literal["research"], ids: Iterable[str], *, fresh: bool = ...
    ) -> dict[str, ResearchState]: ...
    @overload
    def get_many(
        self, kind: Literal["verification"], ids: Iterable[str], *, fresh: bool = ...
    ) -> dict[str, VerificationState]: ...
    def get_many(self, kind: Kind, ids: Iterable[str], *, fresh: bool = False) -> Any:
        """The states by id; what is not there is not in it. One request per 1000 ids.

        Raises:
            TooLarge: when a thousand of them make more than 32 MiB: ask for fewer.
        """
        one = kind_of(kind)
        found: dict[str, Any] = {}
        rest = iter(dict.fromkeys(ids))
        while chunk := list(islice(rest, batches.MOST_ITEMS)):
            call = batches.batch_get(one, chunk, fresh=fresh)
            part: dict[str, Any] = self._carry_out(call)
            found |= part
        return found

    def set_many(
        self,
        kind: Kind,
        states: Mapping[str, S],
        *,
        atomic: bool = False,
        overwrite: bool = False,
        reason: str = "",
    ) -> list[BatchResult]:
        """Store up to 1000 states in one transaction, each as `set` would.

        Args:
            atomic: all or nothing.

        Returns:
            One result a state, in their order; without `atomic` some may have failed.

        Raises:
            BatchRejected: when an item of an atomic batch failed; nothing is stored.
        """
        one = kind_of(kind)
        items = [
            batches.put_item(one, state_id, state, overwrite=overwrite)
            for state_id, state in states.items()
        ]
        results = self.batch(kind, items, atomic=atomic, reason=reason)
        for result in results:
            if result.version is not None:
                states[result.id].version = result.version
        return results

    def batch(
        self,
        kind: Kind,
        items: Sequence[Mapping[str, Any]],
        *,
        atomic: bool = False,
        reason: str = "",
    ) -> list[BatchResult]:
        """Up to 1000 writes in one transaction.

        Args:
            items: ``{"id", "state" or "patch" or "delete": True, "ifMatch": 7 or "*",
                "ifNoneMatch": "*", "lockToken"}``, by their JSON names. The token of a lock the
                caller is inside of is filled in.

        Raises:
            BatchRejected: when an item of an atomic batch failed; nothing is stored.
            Invalid: when the batch itself is wrong.
        """
        filled = []
        for item in items:
            token = self._token(kind, str(item.get("id", "")), item.get("lockToken"))
            filled.append({**item, "lockToken": token} if token else item)
        call = batches.batch_set(kind_of(kind), filled, atomic=atomic, reason=reason)
        results = self._carry_out(call)
        for result in results:
            self._saw(kind, result.id, result.version or 0)
        return results

    @overload
    def page(
        self, kind: Literal["agent"], *, page: str | None = ..., **filters: Unpack[ListOptions]
    ) -> Page[AgentState]: ...
    @overload
    def page(
        self, kind: Literal["research"], *, page: str | None = ..., **filters: Unpack[ListOptions]
    ) -> Page[ResearchState]: ...
    @overload
    def page(
        self,
        kind: Literal["verification"],
        *,
        page: str | None = ...,
        **filters: Unpack[ListOptions],
    ) -> Page[VerificationState]: ...
    def page(
        self, kind: Kind, *, page: str | None = None, **filters: Unpack[ListOptions]
    ) -> Any:
        """One page of a list; research comes without its facts.

        Args:
            page: the `next` of the page before, with the same filters.
            filters: ``status``, ``agent_type``, ``source_id``, ``verified``, ``min_confidence``,
                ``q``, ``updated_since``, ``ordering`` (``id``, ``createdAt``, ``lastUpdated``,
                ``-`` in front for descending), ``limit`` (up to 500), ``include="lastSeen"``.

        Raises:
            BadFilter, BadPage
        """
        return self._carry_out(states.states_page(kind_of(kind), {**filters, "page": page}))

    @overload
    def states(
        self, kind: Literal["agent"], **filters: Unpack[ListOptions]
    ) -> Iterator[AgentState]: ...
    @overload
    def states(
        self, kind: Literal["research"], **filters: Unpack[ListOptions]
    ) -> Iterator[ResearchState]: ...
    @overload
    def states(
        self, kind: Literal["verification"], **filters: Unpack[ListOptions]
    ) -> Iterator[VerificationState]: ...
    def states(self, kind: Kind, **filters: Unpack[ListOptions]) -> Any:
        """Every state that matches the filters of `page`, read a page at a time."""
        return self._states(kind, filters)

    def _states(self, kind: Kind, filters: ListOptions) -> Iterator[Any]:
        page: str | None = None
        while True:
            call = states.states_page(kind_of(kind), {**filters, "page": page})
            found = self._carry_out(call)
            for state in found.items:
                yield state
            page = found.next
            if page is None:
                return

    def verifications_for(self, source_id: str) -> list[VerificationState]:
        """Every verification of a task, a research or a fact, the newest first."""
        found = [one for one in self.states("verification", source_id=source_id, limit=500)]
        return sorted(
            found,
            key=lambda one: (str(one.verified_at), one.version, one.verification_id),
            reverse=True,
        )

    def facts(self, research_id: str, *, newest_first: bool = False) -> Iterator[Fact]:
        """Every fact of a research, read a page at a time.

        Raises:
            NotFound: when there is no such research.
        """
        page: str | None = None
        while True:
            call = states.facts_page(research_id, newest_first=newest_first, limit=500, page=page)
            found = self._carry_out(call)
            for fact in found.items:
                yield fact
            page = found.next
            if page is None:
                return

    def summary(self) -> dict[str, Any]:
        """Counts per kind and status, and the cursor they belong to."""
        return self._carry_out(states.summary())

    def health(self) -> dict[str, Any]:
        """The server's health report; a server that is unhealthy raises Unreachable."""
        return self._carry_out(states.health())
