"""The asynchronous edge of the synchronous core: what arrives while a batch runs is the next batch.

Group commit for writes, one query for the misses of many readers. Loop-bound: one set a loop.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from state.apo.admission import current
from state.cache.tiers import Reading
from state.domain.commands import Receipt, Submission
from state.domain.kinds import Kind
from state.runtime.per_loop import of_this_loop
from state.service import reading
from state.service.coalescing import Coalescer
from state.service.composition import tiers
from state.service.executing import limiter
from state.service.guard import ask_database, require_database
from state.service.waiting_lane import WaitingLane
from state.service.writing import submit_together, time_to_wait
from state.verl.pipeline import (
    VERIFIED_ROUNDS,
    asks_verifiers,
    changes_too_fast,
    verified_soon,
)

T = TypeVar("T")

COMMANDS_A_BATCH = 1024
"""A transaction that took seconds would fail, and with it all who share it."""
_COMMANDS_A_REQUEST = 8  # a request weighs as many at least: 128 of them share a transaction
_COMMANDS_A_FACT_LIST = 16  # the facts that are stored are read to replace them
MISSES_A_BATCH = 500


def weight_of(submission: Submission) -> int:
    """A request's share of a transaction, in commands."""
    weight = 0
    for command in submission.commands:
        weight += 1 + command.facts_given
        if command.replaces_facts:
            weight += _COMMANDS_A_FACT_LIST
    return max(_COMMANDS_A_REQUEST, weight)


Miss = tuple[Kind, str, int]
"""A kind, an id, and the version below which a reading does not count."""


def _read_misses(misses: Sequence[Miss]) -> list[Reading]:
    """Whoever asks for less than another gets the same; the door judges by its own minimum."""
    wanted: dict[Kind, dict[str, int]] = {}
    for kind, state_id, minimum in misses:
        minimums = wanted.setdefault(kind, {})
        minimums[state_id] = max(minimum, minimums.get(state_id, 0))
    found = {kind: reading.read_missed(kind, minimums) for kind, minimums in wanted.items()}
    return [found[kind][state_id] for kind, state_id, _ in misses]


class Writes:
    """The writes of one event loop: together in one transaction, but for those that have to wait
    for a row which another transaction holds.
    """

    def __init__(self) -> None:
        self._together: Coalescer[Submission, Receipt] = Coalescer(
            "writer", submit_together, COMMANDS_A_BATCH, limiter(), weight_of, lands=True
        )
        self._lane = WaitingLane()

    def call(self, submission: Submission) -> Awaitable[Receipt]:
        """The receipt; raises Overloaded when another transaction keeps its rows for too long, or
        its state changes faster than the content verifiers can judge it.
        """
        return self._verified(submission) if asks_verifiers() else self._stored(submission)

    async def _verified(self, submission: Submission) -> Receipt:
        for _ in range(VERIFIED_ROUNDS):
            submission = await asyncio.wrap_future(verified_soon(submission))
            receipt = await self._stored(submission)
            if not receipt.unverified:
                return receipt
        raise changes_too_fast()

    async def _stored(self, submission: Submission) -> Receipt:
        until, admission = time_to_wait(), current.get()
        row_key = self._lane.concerns(submission)
        while True:
            if row_key is None:
                receipt = await self._together.call(submission)
            else:
                receipt = await self._lane.run(submission, row_key, until)
            if not receipt.held_up:
                return receipt
            if admission is not None:
                admission.may_land = False  # it has waited for nothing but the row
            row_key = min(receipt.held_up)

    def close(self) -> None:
        """Ends the thread."""
        self._together.close()


class Edge:
    """The coalescers of one event loop."""

    def __init__(self) -> None:
        self.writes = Writes()
        self.misses: Coalescer[Miss, Reading] = Coalescer(
            "reader", _read_misses, MISSES_A_BATCH, limiter()
        )

    def close(self) -> None:
        """Ends the threads."""
        self.writes.close()
        self.misses.close()


def current_edge() -> Edge:
    """The running loop's edge."""
    return of_this_loop(Edge)


def submit(submission: Submission) -> Awaitable[Receipt]:
    """Applies a submission, in one transaction with those that come at the same time."""
    require_database()
    return _in_time(current_edge().writes.call(submission))


def peek(kind: Kind, state_id: str, min_version: int) -> Reading | None:
    """What level 1 holds of a state, when that may be served; never waits."""
    known = tiers().peek(kind, state_id)
    return known if known is not None and known.version >= min_version else None


async def read(kind: Kind, state_id: str, *, fresh: bool, min_version: int) -> Reading:
    """A state through the caches; a miss goes with the misses of others, in one query."""
    if fresh:
        return await ask_database(reading.read, kind, state_id, fresh=True, min_version=min_version)
    known = peek(kind, state_id, min_version)
    return known if known is not None else await read_missing(kind, state_id, min_version)


def read_missing(kind: Kind, state_id: str, min_version: int) -> Awaitable[Reading]:
    """A state that level 1 was asked for in vain."""
    require_database()
    return _in_time(current_edge().misses.call((kind, state_id, min_version)))


def _in_time(waiting: Awaitable[T]) -> Awaitable[T]:
    """What is waited for, before the operation's deadline."""
    admission = current.get()
    return waiting if admission is None else admission.in_time(waiting)
