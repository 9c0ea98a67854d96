"""Writes states through the store, and keeps the caches in step."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress

from state.cache.tiers import Moment
from state.changelog.tail import tail
from state.domain.commands import Command, Receipt, Submission, Written
from state.domain.errors import (
    RETRYABLE,
    IdempotencyInFlight,
    LightningError,
    Overloaded,
    VerificationRejected,
    VersionConflict,
)
from state.domain.records import RowKey
from state.presence import heartbeats
from state.service.composition import tiers
from state.store.columns import TABLES
from state.store.connection import HeldUp
from state.store.engine import apply
from state.store.fetch import fetch_version, with_facts
from state.verl import rejections
from state.verl.pipeline import (
    VERIFIED_ROUNDS,
    asks_verifiers,
    changes_too_fast,
    verified_soon,
)
from state.verl.registry import rules

logger = logging.getLogger(__name__)

WAIT_SECONDS = 12.0
"""How long a write waits for a row: longer than a process that stands still in the middle of its
transaction keeps one (10 s)."""


def submit(submissions: Sequence[Submission]) -> list[Receipt]:
    """Applies submissions; what succeeded is durable, and read from now on.

    In one transaction, but for those that meet a row which another transaction holds: each of them
    waits for it afterwards, and is Overloaded when that takes too long. The content verifiers are
    asked before, and again for what has changed meanwhile.
    """
    if not asks_verifiers():
        return _stored(submissions)
    receipts: dict[int, Receipt] = {}
    left = dict(enumerate(submissions))
    for _ in range(VERIFIED_ROUNDS):
        left = {number: verified_soon(one).result() for number, one in left.items()}
        for number, receipt in zip(left, _stored(list(left.values())), strict=True):
            receipts[number] = receipt
        left = {number: one for number, one in left.items() if receipts[number].unverified}
        if not left:
            break
    for number, one in left.items():
        receipts[number] = Receipt.refused(one, changes_too_fast())
    return [receipts[number] for number in range(len(submissions))]


def _stored(submissions: Sequence[Submission]) -> list[Receipt]:
    receipts = submit_together(submissions)
    return [
        _after_a_wait(submission, receipt) if receipt.held_up else receipt
        for submission, receipt in zip(submissions, receipts, strict=True)
    ]


def _after_a_wait(submission: Submission, receipt: Receipt) -> Receipt:
    until = time_to_wait()
    while receipt.held_up:
        if time.monotonic() > until:
            return Receipt.refused(submission, kept_too_long(min(receipt.held_up)))
        with suppress(HeldUp):  # in vain for now
            [receipt] = submit_together([submission], receipt.held_up)
    return receipt


def time_to_wait() -> float:
    """Until when a write that begins now may wait for a row: a monotonic time."""
    return time.monotonic() + WAIT_SECONDS


def kept_too_long(row_key: RowKey) -> LightningError:
    """The refusal of a write that waited in vain for a row that another transaction holds."""
    if row_key[0] in TABLES.values():
        return Overloaded("Another transaction keeps this state for too long.")
    return IdempotencyInFlight()


def submit_together(
    submissions: Sequence[Submission], awaited: frozenset[RowKey] = frozenset()
) -> list[Receipt]:
    """Applies submissions in one transaction; nobody in it waits for others.

    What is held up by another transaction comes back as ``held_up`` and was not judged. With that
    as ``awaited`` it waits; raises HeldUp after some seconds of it.
    """
    tail.start()
    before = tiers().moment()
    receipts = apply(submissions, rules(), awaited)
    try:
        _take_over(submissions, receipts, before)
    except Exception:
        # What is committed is a success, whatever becomes of the caches.
        logger.exception("The caches could not follow a write.")
        tiers().drop_everything()
    return receipts


def _take_over(
    submissions: Sequence[Submission], receipts: Sequence[Receipt], before: Moment
) -> None:
    for submission, receipt in zip(submissions, receipts, strict=True):
        if not receipt.outcomes:  # held up, unverified, or answered by a record
            continue
        for command, outcome in zip(submission.commands, receipt.outcomes, strict=True):
            if isinstance(outcome, VersionConflict):
                tiers().saw_state(command.kind, command.state_id, outcome.current_version)
            elif receipt.replayed:
                if isinstance(outcome, Written):
                    tiers().saw_state(outcome.kind, outcome.state_id, outcome.version)
            elif isinstance(outcome, Written):
                _remember(outcome, before)
            elif isinstance(outcome, VerificationRejected):
                rejections.count(command, outcome)


def write(command: Command) -> Written:
    """Applies one command; raises the refusal."""
    outcome = submit([Submission([command])])[0].outcomes[0]
    if isinstance(outcome, LightningError):
        raise outcome
    return outcome


def known_body(written: Written) -> bytes | None:
    """The complete JSON of the state that a write made, when that needs no database."""
    if not written.document:
        return None
    if not written.kind.has_facts:
        return written.document
    return None if written.fact_count else with_facts(written.document, b"")


def written_body(written: Written) -> bytes | None:
    """The complete JSON of the state that a write made; None when it cannot be read any more.

    The write is committed: what becomes of this read makes no failure of it.
    """
    body = known_body(written)
    if body is not None:
        return body
    name = f"version {written.version} of {written.kind} {written.state_id}"
    try:
        past = fetch_version(written.kind, written.state_id, written.version)
    except RETRYABLE as error:
        logger.warning(
            "Answered without a body: %s cannot be read: %s", name, error.__cause__ or error
        )
        return None
    if past is None:
        logger.warning("Answered without a body: %s is not in the history any more.", name)
        return None
    return past.body


def _remember(written: Written, before: Moment) -> None:
    if written.deleted:
        heartbeats.forget([written.state_id])
        tiers().forget(written.kind, written.state_id, written.version, before)
        return
    if not written.document:
        tiers().saw_state(written.kind, written.state_id, written.version)
        return
    tiers().wrote(written.kind, written.state_id, written.version, known_body(written), before)
