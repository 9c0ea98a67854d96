"""Cuts events into the frames of a socket (contract §5)."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent

FRAME_LIMIT_BYTES = 480 * 1024  # of events: the rest of 512 KiB is for what stands around them


def frames(
    events: Iterable[ChangeEvent], reached: Cursor
) -> Iterator[tuple[list[ChangeEvent], Cursor]]:
    """Events in frames below the limit, each with the cursor behind it; the last has ``reached``.

    What an atomic batch holds stays in one frame: one that does not fit behind the events before
    it starts a frame of its own, and it alone, or a single event, may pass the limit.
    """
    frame: list[ChangeEvent] = []
    size = 0
    for _, group in groupby(events, _unit):
        together = list(group)
        grows = sum(len(event.encoded) for event in together)
        if frame and size + grows > FRAME_LIMIT_BYTES:
            yield frame, frame[-1].position
            frame, size = [], 0
        frame += together
        size += grows
    if frame:
        yield frame, reached


def _unit(event: ChangeEvent) -> tuple[int | None, int]:
    """What must not be torn apart: a batch, or an event alone."""
    return event.batch, 0 if event.batch is not None else event.seq
