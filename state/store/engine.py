"""Applies a batch of submissions in one transaction: read, decide, write, commit."""

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence

from django.db import DatabaseError, OperationalError, connection

from state.domain.commands import (
    Command,
    Outcome,
    Put,
    Receipt,
    Restore,
    Submission,
    Untracked,
    Written,
)
from state.domain.current import Change
from state.domain.decide import decide
from state.domain.errors import (
    DatabaseUnavailable,
    LightningError,
)
from state.domain.facts_edit import StoredFact
from state.domain.judge import Rules, Unverified
from state.domain.kinds import Kind
from state.domain.records import RowKey
from state.runtime.failpoints import reach
from state.store.bases import needed_facts
from state.store.claims import Claims, rejected
from state.store.closing import Ledger
from state.store.columns import TABLES
from state.store.connection import HeldUp, last_writes
from state.store.fetch import connection_is_lost, fetch_version
from state.store.postgres import PostgresSession
from state.store.session import Closing, Opened, Opening, Session
from state.store.sqlite import SqliteSession

logger = logging.getLogger(__name__)


def apply(
    submissions: Sequence[Submission], rules: Rules, awaited: frozenset[RowKey] = frozenset()
) -> list[Receipt]:
    """Decides and stores every submission; when it returns, what succeeded is durable.

    The receipts come in the order of the submissions. A refusal is an outcome, not an exception;
    raises django.db.Error when the database cannot do it, with nothing stored.

    Nobody waits for a row or a record that another transaction holds: the submissions that need it
    come back ``held_up``, and the others go on. Who comes again with what held it up as ``awaited``
    waits for that, first and holding nothing else; raises HeldUp after ``ROW_WAIT_SECONDS``.
    """
    batch = _Batch(_session(), submissions, rules, awaited)
    try:
        return batch.run()
    except HeldUp:
        batch.session.rollback()
        if awaited or batch.has_begun:
            raise
        return _without_newcomers(submissions, rules)
    except OperationalError:
        batch.session.rollback()
        raise
    except DatabaseError:
        batch.session.rollback()
        if len(submissions) == 1:
            raise
        # One value the database refuses must not fail its neighbours.
        return [_apply_alone(submission, rules) for submission in submissions]
    except BaseException:
        batch.session.rollback()
        raise


def _without_newcomers(submissions: Sequence[Submission], rules: Rules) -> list[Receipt]:
    """Once more, without those that make rows: somebody makes one of them, and does not end."""
    makes = [_made_by(submission) for submission in submissions]
    others = [one for one, made in zip(submissions, makes, strict=True) if not made]
    receipts = iter(apply(others, rules) if others else [])
    return [Receipt(held_up=made) if made else next(receipts) for made in makes]


def _made_by(submission: Submission) -> frozenset[RowKey]:
    """The rows and records that a submission makes when they are not there."""
    return frozenset(
        [record.row_key for record in submission.all_records]
        + [_row_key(command) for command in submission.commands if _may_create(command)]
    )


def _apply_alone(submission: Submission, rules: Rules) -> Receipt:
    """One submission's receipt, whatever happens: those before it are committed already."""
    try:
        return apply([submission], rules)[0]
    except LightningError as refusal:
        return Receipt.refused(submission, refusal)
    except Exception:
        logger.exception("A submission failed.")
        return Receipt.refused(submission, LightningError())


def _session() -> Session:
    if connection.in_atomic_block:
        raise RuntimeError("A write inside somebody else's transaction could not be acknowledged.")
    return PostgresSession() if connection.vendor == "postgresql" else SqliteSession()


class _Batch:
    def __init__(
        self,
        session: Session,
        submissions: Sequence[Submission],
        rules: Rules,
        awaited: frozenset[RowKey],
    ) -> None:
        self.session = session
        self.submissions = submissions
        self.rules = rules
        self.awaited = awaited
        self.has_begun = False

    def run(self) -> list[Receipt]:
        self.claims = Claims(self.submissions)
        reach("store.begin")
        opened = self._begin(self._opening())
        self.has_begun = True
        self.now = opened.now
        self.ledger = Ledger(opened.rows)
        self.held_up = opened.held_up | self.claims.claimed(opened.fresh, self.session.answers)
        self._load_facts()
        self._load_versions()
        receipts = [self._guarded(submission) for submission in self.submissions]
        self.claims.close(self.ledger)
        if self.ledger.is_empty:
            self.session.rollback()
        else:
            reach("store.decided")
            self._commit(self.ledger.closing())
        return receipts

    def _begin(self, opening: Opening) -> Opened:
        try:
            return self.session.begin(opening)
        except OperationalError:
            # A thread that keeps its connection may find it lost; nothing was written yet.
            if not connection_is_lost():
                raise
            connection.close()
            self.session = _session()
            return self.session.begin(opening)

    def _commit(self, closing: Closing) -> None:
        try:
            self.session.commit(closing)
            last_writes.taken_at = time.monotonic()
            reach("store.committed")
        except OperationalError:
            # The connection may have broken after the commit was sent: the log knows.
            if not self._has_landed(closing):
                raise

    def _has_landed(self, closing: Closing) -> bool:
        try:
            return self.session.has_landed(closing)
        except OperationalError as error:
            raise DatabaseUnavailable(
                "The connection broke while the write was committed: it may have been stored."
                " A retry under the same Idempotency-Key tells.",
                outcome="unknown",
            ) from error

    def _commands(self) -> list[Command]:
        return [command for submission in self.submissions for command in submission.commands]

    def _opening(self) -> Opening:
        locked: dict[Kind, set[str]] = defaultdict(set)
        creatable: dict[Kind, set[str]] = defaultdict(set)
        for command in self._commands():
            locked[command.kind].add(command.state_id)
            if _may_create(command):
                creatable[command.kind].add(command.state_id)
        return Opening(
            records=self.claims.records,
            creatable={kind: sorted(creatable[kind]) for kind in Kind if kind in creatable},
            locked={kind: sorted(locked[kind]) for kind in Kind if kind in locked},
            awaited=self.awaited,
        )

    def _load_facts(self) -> None:
        needed = needed_facts(self._commands(), self.ledger.current)
        loaded: dict[str, dict[str, StoredFact]] = {}
        if needed.pairs:
            loaded |= self.session.some_facts(needed.pairs)
        if needed.whole:
            loaded |= self.session.all_facts(needed.whole)
        for research_id, facts in loaded.items():
            self.ledger.rows[Kind.RESEARCH, research_id].facts = facts

    def _load_versions(self) -> None:
        for command in self._commands():
            if not isinstance(command.action, Restore):
                continue
            current = self.ledger.rows.get((command.kind, command.state_id))
            found = fetch_version(command.kind, command.state_id, command.action.version)
            if current is not None and found is not None:
                current.versions = {**current.versions, command.action.version: found.parts()}

    def _guarded(self, submission: Submission) -> Receipt:
        """A fault of ours in judging one submission stores nothing of it, and fails no other."""
        before = self.ledger.mark()
        try:
            return self._submission(submission)
        except Exception:
            logger.exception("A submission could not be judged.")
            self.ledger.undo_to(before)
            return Receipt.refused(submission, LightningError())

    def _submission(self, submission: Submission) -> Receipt:
        earlier = self.claims.earlier_answer(submission)
        if earlier is not None:
            return earlier
        held_up = self.held_up and self.held_up & _row_keys(submission)
        if held_up:
            return Receipt(held_up=frozenset(held_up))
        before = self.ledger.mark()
        try:
            outcomes = self._decide_all(submission)
        except Unverified:
            self.ledger.undo_to(before)
            return Receipt(unverified=True)
        self.claims.remember(submission, outcomes, self.now)
        return Receipt(outcomes)

    def _decide_all(self, submission: Submission) -> list[Outcome]:
        if not submission.atomic:
            return [self._decide_one(command, None) for command in submission.commands]
        batch = secrets.randbits(62)
        before = self.ledger.mark()
        outcomes = [self._decide_one(command, batch) for command in submission.commands]
        if submission.doomed or any(isinstance(outcome, LightningError) for outcome in outcomes):
            self.ledger.undo_to(before)
            return [rejected(outcome) for outcome in outcomes]
        return outcomes

    def _decide_one(self, command: Command, batch: int | None) -> Outcome:
        current = self.ledger.current(command.kind, command.state_id)
        try:
            change = decide(current, command, self.rules, self.now)
        except LightningError as refusal:
            return refusal
        if change is None:
            return Written(
                command.kind,
                command.state_id,
                current.version,
                document=b"",
                fact_count=current.fact_count,
            )
        self.ledger.add(change, batch)
        return _written(change)


def _row_key(command: Command) -> RowKey:
    return (TABLES[command.kind], command.state_id)


def _row_keys(submission: Submission) -> set[RowKey]:
    """All rows that a submission needs."""
    return {
        *(record.row_key for record in submission.all_records),
        *(_row_key(command) for command in submission.commands),
    }


def _may_create(command: Command) -> bool:
    precondition = command.precondition
    if isinstance(command.action, Put | Untracked):
        return not precondition.names_version
    return isinstance(command.action, Restore) and precondition.create_only


def _written(change: Change) -> Written:
    return Written(
        kind=change.kind,
        state_id=change.state_id,
        version=change.version,
        created=change.created,
        deleted=not change.live,
        document=change.encoded,
        fact_count=change.facts.count,
        added=change.facts.added,
        updated=change.facts.updated,
    )
