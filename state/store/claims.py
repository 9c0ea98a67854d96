"""The records of a batch: whose place was claimed, which answer, what is remembered of them."""

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
from state.domain.records import Place, Record
from state.store.closing import Ledger
from state.store.outcomes import dump_outcomes, load_outcomes
from state.store.session import Answer, Settled

Read = Callable[[Sequence[Record]], dict[Place, Answer]]


class Claims:
    """All records of a batch of submissions, by their places."""

    def __init__(self, submissions: Sequence[Submission]) -> None:
        self._records: dict[Place, Record] = {}
        for submission in submissions:
            for record in submission.all_records:
                self._records.setdefault(record.place, record)
        self._fresh: set[Place] = set()
        self._answered: dict[Place, Answer] = {}
        self._settled: dict[Place, Settled] = {}

    @property
    def records(self) -> list[Record]:
        """One for each place, sorted, so that nothing deadlocks."""
        return [self._records[place] for place in sorted(self._records)]

    def claimed(self, fresh: set[Place], read: Read) -> set[Place]:
        """Takes over whose places are fresh, and reads the other records.

        Returns those that are neither fresh nor there: somebody else claims them at this moment.
        """
        self._fresh = fresh
        known = [record for place, record in self._records.items() if place not in fresh]
        self._answered = read(known) if known else {}
        return {record.place for record in known if record.place not in self._answered}

    def earlier_answer(self, submission: Submission) -> Receipt | None:
        """The receipt of a submission that one of its records answers."""
        for record in submission.all_records:
            answer = self._answer_at(record.place)
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

    def _answer_at(self, place: Place) -> Answer | None:
        settled = self._settled.get(place)
        if settled is not None:
            return Answer(settled.record.digest or "", settled.outcome)
        return self._answered.get(place)

    def remember(self, submission: Submission, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Settles a submission's records, unless it was refused: a refusal is judged anew."""
        records = submission.all_records
        if not records or _is_refusal(submission, outcomes):
            return
        outcome = dump_outcomes(submission.commands, outcomes)
        self._settled |= {
            record.place: Settled(record, outcome, record.settle(outcomes, now))
            for record in records
        }

    def close(self, ledger: Ledger) -> None:
        """Has the settled records written, and those places given up that nobody filled."""
        for place in sorted(self._fresh):
            claimed, settled = self._records[place], self._settled.get(place)
            if settled is None:
                ledger.forget(claimed)
            else:
                ledger.settle(_as_claimed(settled, claimed))


def _as_claimed(settled: Settled, claimed: Record) -> Settled:
    """With its own values, where another of the batch, which was refused, claimed its place."""
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
