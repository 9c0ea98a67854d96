"""Applies a batch of submissions in one transaction: read, decide, write, commit."""

import logging
import secrets
from collections import defaultdict
from collections.abc import Sequence

from django.db import DatabaseError, OperationalError, connection

from state.domain.commands import (
    Command,
    IdempotencyKey,
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
    BatchRejected,
    DatabaseUnavailable,
    IdempotencyInFlight,
    IdempotencyMismatch,
    LightningError,
)
from state.domain.facts_edit import StoredFact
from state.domain.judge import Rules
from state.domain.kinds import Kind
from state.runtime.failpoints import reach
from state.store.closing import Ledger
from state.store.fetch import connection_is_lost, fetch_version
from state.store.outcomes import dump_outcomes, load_outcomes
from state.store.postgres import PostgresSession
from state.store.session import Closing, Opened, Opening, Session
from state.store.sqlite import SqliteSession

logger = logging.getLogger(__name__)


def apply(submissions: Sequence[Submission], rules: Rules) -> list[Receipt]:
    """Decides and stores every submission; when it returns, what succeeded is durable.

    The receipts come in the order of the submissions. A refusal is an outcome, not an exception;
    raises django.db.Error when the database cannot do it, with nothing stored.
    """
    batch = _Batch(_session(), submissions, rules)
    try:
        return batch.run()
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
    def __init__(self, session: Session, submissions: Sequence[Submission], rules: Rules) -> None:
        self.session = session
        self.submissions = submissions
        self.rules = rules

    def run(self) -> list[Receipt]:
        keys = {
            (submission.key.caller, submission.key.key): submission.key
            for submission in self.submissions
            if submission.key
        }
        reach("store.begin")
        opened = self._begin(self._opening(list(keys.values())))
        self.now = opened.now
        self.ledger = Ledger(opened.rows)
        known = [key for pair, key in keys.items() if pair not in opened.fresh_keys]
        self.answered = self.session.answers(known) if known else {}
        self.remembered: dict[tuple[str, str], tuple[IdempotencyKey, str]] = {}
        self._load_facts()
        self._load_versions()
        receipts = [self._guarded(submission) for submission in self.submissions]
        self._settle_keys(keys, opened.fresh_keys)
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

    def _opening(self, keys: list[IdempotencyKey]) -> Opening:
        locked: dict[Kind, set[str]] = defaultdict(set)
        creatable: dict[Kind, set[str]] = defaultdict(set)
        for command in self._commands():
            locked[command.kind].add(command.state_id)
            if _may_create(command):
                creatable[command.kind].add(command.state_id)
        return Opening(
            keys=sorted(keys, key=lambda key: (key.caller, key.key)),
            creatable={kind: sorted(creatable[kind]) for kind in Kind if kind in creatable},
            locked={kind: sorted(locked[kind]) for kind in Kind if kind in locked},
        )

    def _load_facts(self) -> None:
        whole: set[str] = set()
        touched: set[tuple[str, str]] = set()
        for command in self._commands():
            current = self.ledger.current(command.kind, command.state_id)
            if not current.fact_count:
                continue
            if command.replaces_facts:
                whole.add(command.state_id)
            else:
                touched |= {(command.state_id, fact["id"]) for fact in command.facts_added}
        loaded: dict[str, dict[str, StoredFact]] = {}
        pairs = sorted(pair for pair in touched if pair[0] not in whole)
        if pairs:
            loaded |= self.session.some_facts(pairs)
        if whole:
            loaded |= self.session.all_facts(sorted(whole))
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
        key = submission.key
        if key is not None:
            earlier = self._earlier_answer(key, submission)
            if earlier is not None:
                return earlier
        receipt = Receipt(self._decide_all(submission))
        if key is not None and not _is_refusal(submission, receipt.outcomes):
            self.remembered[key.caller, key.key] = (key, dump_outcomes(receipt.outcomes))
        return receipt

    def _earlier_answer(self, key: IdempotencyKey, submission: Submission) -> Receipt | None:
        pair = (key.caller, key.key)
        if pair in self.remembered:
            digest, outcome = self.remembered[pair][0].digest, self.remembered[pair][1]
        elif pair in self.answered:
            digest, outcome = self.answered[pair].digest, self.answered[pair].outcome
        else:
            return None
        refusal: LightningError
        if digest != key.digest:
            refusal = IdempotencyMismatch()
        elif not outcome:
            refusal = IdempotencyInFlight()
        else:
            return Receipt(load_outcomes(outcome, submission.commands), replayed=True)
        return Receipt.refused(submission, refusal)

    def _decide_all(self, submission: Submission) -> list[Outcome]:
        if not submission.atomic:
            return [self._decide_one(command, None) for command in submission.commands]
        batch = secrets.randbits(62)
        before = self.ledger.mark()
        outcomes = [self._decide_one(command, batch) for command in submission.commands]
        if submission.doomed or any(isinstance(outcome, LightningError) for outcome in outcomes):
            self.ledger.undo_to(before)
            return [
                outcome if isinstance(outcome, LightningError) else BatchRejected()
                for outcome in outcomes
            ]
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

    def _settle_keys(
        self,
        keys: dict[tuple[str, str], IdempotencyKey],
        fresh: set[tuple[str, str]],
    ) -> None:
        for pair in sorted(fresh):
            answer = self.remembered.get(pair)
            if answer is None:
                self.ledger.forget(keys[pair])
            else:
                # Another request of the batch may have come under the same key, and was refused.
                self.ledger.remember(*answer)


def _may_create(command: Command) -> bool:
    precondition = command.precondition
    if isinstance(command.action, Put | Untracked):
        return not precondition.names_version
    return isinstance(command.action, Restore) and precondition.create_only


def _is_refusal(submission: Submission, outcomes: Sequence[Outcome]) -> bool:
    """Whether the submission as a whole was refused: only other answers are remembered."""
    refused = [isinstance(outcome, LightningError) for outcome in outcomes]
    return submission.doomed or (any(refused) and not submission.answers_each)


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
