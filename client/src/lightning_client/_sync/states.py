# Made from lightning_client/_async/states.py by client/tools/make_sync.py; edit that.
"""One state: get, set, patch, delete, update."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar, Unpack, overload

from lightning_client._sync.session import Session
from lightning_client.answers import FactsOutcome
from lightning_client.core.calls import states
from lightning_client.core.kinds import KindOf, kind_of
from lightning_client.core.options import PatchOptions, ReadOptions, UpdateOptions
from lightning_client.core.updating import not_there, store, update
from lightning_client.errors import VersionConflict
from lightning_client.states import (
    AgentState,
    AgentStatus,
    Fact,
    Kind,
    ResearchState,
    State,
    VerificationState,
)

S = TypeVar("S", bound=State)


class StateCalls(Session):
    """Reads and writes of one state (contract §2).

    Every write may be given `reason` (kept in the log), `lock_token` (default: that of the lock
    the caller is inside of) and, for operators, `force`, which lifts transitions.
    Every one carries an Idempotency-Key, made once a call, so that a retry after a lost answer is
    not a second write.
    """

    @overload
    def get(
        self, kind: Literal["agent"], id: str, **options: Unpack[ReadOptions]
    ) -> AgentState: ...
    @overload
    def get(
        self, kind: Literal["research"], id: str, **options: Unpack[ReadOptions]
    ) -> ResearchState: ...
    @overload
    def get(
        self, kind: Literal["verification"], id: str, **options: Unpack[ReadOptions]
    ) -> VerificationState: ...
    def get(
        self,
        kind: Kind,
        id: str,
        *,
        version: int | None = None,
        fresh: bool = False,
        min_version: int | None = None,
        facts: bool = True,
        last_seen: bool = False,
    ) -> Any:
        """The state: a copy of the caller's own.

        Args:
            version: as it was at this version, from the history.
            fresh: read past every cache. Otherwise it may be up to a second old.
            min_version: refuse to answer with an older version.
            facts: whether a research comes with its facts.
            last_seen: whether an agent comes with the time of its last heartbeat.

        Raises:
            NotFound: when there is no such state.
            VersionNotReached: when `min_version` is not there yet.
        """
        one = kind_of(kind)
        is_plain = facts and version is None and not last_seen and not min_version
        if self._cache is None or not is_plain or fresh:
            call = states.get(
                one,
                id,
                version=version,
                fresh=fresh,
                min_version=min_version,
                facts=facts,
                last_seen=last_seen,
            )
            return self._carry_out(call)
        kept = self._cache.read((kind, id))
        if kept is not None:
            return states.parse_kept(one, kept)
        return self._get_and_keep(one, id)

    def _get_and_keep(self, kind: KindOf[S], state_id: str) -> S:
        """Read past the server's caches, for what is kept here must be the latest."""
        assert self._cache is not None
        fill = self._cache.begin_fill((kind.name, state_id))
        if fill is None:
            return self._carry_out(states.get(kind, state_id))
        version, content = 0, b""
        try:
            call = states.get(kind, state_id, fresh=True)
            raw = self._carry_out(states.unread(call))
            state = call.parse(raw)
            version, content = state.version, raw.content
            return state
        finally:
            self._cache.end_fill(fill, version, content)

    def set(
        self,
        kind: Kind,
        id: str,
        state: S,
        *,
        overwrite: bool = False,
        reason: str = "",
        lock_token: str | None = None,
        force: bool = False,
    ) -> S:
        """Store a state: create it, or replace the version it was read with.

        `state` learns its new version and what the server filled in; the result is a copy.

        Args:
            state: with `version` 0, as a new one has it, it is created.
            overwrite: store it whatever is there.

        Raises:
            VersionConflict: when it moved on since it was read (see `current_version`), or is
                there already.
            Invalid, IllegalTransition, VerificationRejected, Locked, LockLost
        """
        token = self._token(kind, id, lock_token)
        stored: S = self._run(
            store(
                self._exchange,
                kind_of(kind),
                id,
                state,
                overwrite=overwrite,
                token=token,
                reason=reason,
                force=force,
            )
        )
        self._saw(kind, id, stored.version)
        return stored

    @overload
    def patch(
        self,
        kind: Literal["agent"],
        id: str,
        patch: Mapping[str, Any],
        **options: Unpack[PatchOptions],
    ) -> AgentState: ...
    @overload
    def patch(
        self,
        kind: Literal["research"],
        id: str,
        patch: Mapping[str, Any],
        **options: Unpack[PatchOptions],
    ) -> ResearchState: ...
    @overload
    def patch(
        self,
        kind: Literal["verification"],
        id: str,
        patch: Mapping[str, Any],
        **options: Unpack[PatchOptions],
    ) -> VerificationState: ...
    def patch(
        self,
        kind: Kind,
        id: str,
        patch: Mapping[str, Any],
        *,
        version: int | None = None,
        reason: str = "",
        lock_token: str | None = None,
        force: bool = False,
    ) -> Any:
        """Merge into the current version in one atomic step (RFC 7396); None removes a key.

        Patches of different fields survive each other. At its top, attribute names
        (``active_task_ids``) and JSON names (``activeTaskIds``) are understood.

        Args:
            version: merge only into this version.

        Raises:
            NotFound: when there is no such state.
            VersionConflict: when `version` is not the current one.
        """
        token = self._token(kind, id, lock_token)
        call = states.patch(
            kind_of(kind),
            id,
            patch,
            version=version,
            lock_token=token,
            reason=reason,
            force=force,
        )
        stored = self._carry_out(call)
        self._saw(kind, id, stored.version)
        return stored

    def delete(
        self,
        kind: Kind,
        id: str,
        *,
        version: int | None = None,
        reason: str = "",
        lock_token: str | None = None,
    ) -> None:
        """Delete a state, whatever its version; its history stays and `restore` brings it back.

        Args:
            version: delete only this version.

        Raises:
            NotFound: when there is no such state.
            VersionConflict: when `version` is not the current one.
        """
        token = self._token(kind, id, lock_token)
        one = kind_of(kind)
        call = states.delete(one, id, version=version, lock_token=token, reason=reason)
        try:
            self._carry_out(call)
        except VersionConflict as conflict:
            if version is not None:
                raise
            raise not_there(conflict) from None  # "whatever its version": it has none
        if self._cache is not None:
            self._cache.forget((kind, id))

    @overload
    def update(
        self,
        kind: Literal["agent"],
        id: str,
        change: Callable[[AgentState], object],
        **options: Unpack[UpdateOptions],
    ) -> AgentState: ...
    @overload
    def update(
        self,
        kind: Literal["research"],
        id: str,
        change: Callable[[ResearchState], object],
        **options: Unpack[UpdateOptions],
    ) -> ResearchState: ...
    @overload
    def update(
        self,
        kind: Literal["verification"],
        id: str,
        change: Callable[[VerificationState], object],
        **options: Unpack[UpdateOptions],
    ) -> VerificationState: ...
    def update(
        self,
        kind: Kind,
        id: str,
        change: Callable[[Any], object],
        *,
        facts: bool = True,
        reason: str = "",
        lock_token: str | None = None,
        force: bool = False,
    ) -> Any:
        """Read, change, compare-and-swap; again with fresh state when somebody was faster.

        Args:
            change: gets a copy and changes it in place, or returns another state. It may run
                several times. When it changes nothing, nothing is written.
            facts: False reads a research without its facts (and leaves them alone).

        Returns:
            The state as it was stored.

        Raises:
            NotFound: when there is no such state.
            VersionConflict: when others were faster every time (`Policy.conflict_retries`).
        """
        stored = self._run(
            update(
                self._exchange,
                kind_of(kind),
                id,
                change,
                facts=facts,
                token=self._token_later(kind, id, lock_token),
                reason=reason,
                force=force,
            )
        )
        self._saw(kind, id, stored.version)
        return stored

    # --- Shorthands -----------------------------------------------------------------------------

    def update_agent_status(
        self, agent_id: str, status: AgentStatus, *, reason: str = "", force: bool = False
    ) -> AgentState:
        """Change an agent's status alone, whatever else others change meanwhile.

        Raises:
            NotFound, IllegalTransition
        """
        return self.patch("agent", agent_id, {"status": status}, reason=reason, force=force)

    def update_research_progress(
        self, research_id: str, iteration_count: int, quality_score: float, *, reason: str = ""
    ) -> ResearchState:
        """Set how far a research is: iterations never go down; the score is 0–1.

        Raises:
            NotFound, VerificationRejected
        """
        change = {"iterationCount": iteration_count, "currentQualityScore": quality_score}
        return self.patch("research", research_id, change, reason=reason)

    def add_facts(
        self,
        research_id: str,
        facts: Iterable[Fact | Mapping[str, Any]],
        *,
        reason: str = "",
        lock_token: str | None = None,
    ) -> FactsOutcome:
        """Append facts, or update those whose id is there, in one atomic step.

        It costs the same however many facts are there, and may be repeated without harm.

        Raises:
            NotFound, Invalid
        """
        token = self._token("research", research_id, lock_token)
        call = states.add_facts(research_id, facts, lock_token=token, reason=reason)
        outcome = self._carry_out(call)
        self._saw("research", research_id, outcome.version)
        return outcome
