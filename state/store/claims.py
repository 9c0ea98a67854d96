"""The records of a batch: whose row was claimed, which answer, what is remembered of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from state.domain.commands import Outcome, Receipt, Submission
from state.domain.errors import (
    BatchRejected,
    IdempotencyInFlight,
    IdempotencyMismatch,
    LightningError,
)
from state.domain.records import Record, RowKey
from state.store.closing import Ledger
from state.store.outcomes import dump_outcomes, load_outcomes
from state.store.session import Answer, Settled

Read = Callable[[Sequence[Record]], dict[RowKey, Answer]]


class Claims:
    """All records of a batch of submissions, by the keys of their rows."""

    def __init__(self, submissions: Sequence[Submission]) -> None:
        self._records: dict[RowKey, Record] = {}
        for submission in submissions:
            for record in submission.all_records:
                self._records.setdefault(record.row_key, record)
        self._fresh: set[RowKey] = set()
        self._answered: dict[RowKey, Answer] = {}
        self._settled: dict[RowKey, Settled] = {}

    @property
    def records(self) -> list[Record]:
        """One for each row, sorted, so that nothing deadlocks."""
        return [self._records[row_key] for row_key in sorted(self._records)]

    def claimed(self, fresh: set[RowKey], read: Read) -> set[RowKey]:
        """Takes over whose rows are fresh, and reads the other records.

        Returns those that are neither fresh nor there: somebody else claims them at this moment.
        """
        self._fresh = fresh
        known = [record for row_key, record in self._records.items() if row_key not in fresh]
        self._answered = read(known) if known else {}
        return {record.row_key for record in known if record.row_key not in self._answered}

    def earlier_answer(self, submission: Submission) -> Receipt | None:
        """The receipt of a submission that one of its records answers."""
        for record in submission.all_records:
            answer = self._answer_at(record.row_key)
            if answer is None:
                continue
            if record.digest is not None and answer.digest != record.digest:
                return Receipt.refused(submission, IdempotencyMismatch())
            if not answer.outcome:
                return Receipt.refused(submission, IdempotencyInFlight())
            if record.digest is None:
                return Receipt(replayed=True)
            outcomes = load_outcomes(answer.outcome, submission.commands)
            if submission.doomed:
                # Not allowed as a whole any more, and that is judged before a replay.
                return Receipt([rejected(outcome) for outcome in outcomes])
            return Receipt(outcomes, replayed=True)
        return None

    def _answer_at(self, row_key: RowKey) -> Answer | None:
        settled = self._settled.get(row_key)
        if settled is not None:
            return Answer(settled.record.digest or "", settled.outcome)
        return self._answered.get(row_key)

    def remember(self, submission: Submission, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Settles a submission's records, unless it was refused: a refusal is judged anew."""
        records = submission.all_records
        if not records or _is_refusal(submission, outcomes):
            return
        outcome = dump_outcomes(submission.commands, outcomes)
        self._settled |= {
            record.row_key: Settled(record, outcome, record.settle(outcomes, now))
            for record in records
        }

    def close(self, ledger: Ledger) -> None:
        """Has the settled records written, and those rows given up that nobody filled."""
        for row_key in sorted(self._fresh):
            claimed, settled = self._records[row_key], self._settled.get(row_key)
            if settled is None:
                ledger.forget(claimed)
            else:
                ledger.settle(_as_claimed(settled, claimed))


def _as_claimed(settled: Settled, claimed: Record) -> Settled:
    """With its own values, where another of the batch, which was refused, claimed its row."""
    record = settled.record
    if record is claimed or not record.values:
        return settled
    return replace(settled, values={**record.values, **settled.values})


def rejected(outcome: Outcome) -> LightningError:
    """What becomes of a command in an atomic batch that fails: its own refusal, or the batch's."""
    return outcome if isinstance(outcome, LightningError) else BatchRejected()


def _is_refusal(submission: Submission, outcomes: Sequence[Outcome]) -> bool:
    """Whether the submission as a whole was refused: only other answers are remembered."""
    refused = [isinstance(outcome, LightningError) for outcome in outcomes]
    return submission.doomed or (any(refused) and not submission.answers_each)
