"""Which events go into one frame of a socket."""

from state.changelog.events import ChangeEvent
from state.changelog.frames import FRAME_LIMIT_BYTES, frames
from tests.unit.log_events import cursor, event

QUARTER = FRAME_LIMIT_BYTES // 4


def cut(events: list[ChangeEvent]) -> list[list[int]]:
    return [[one.seq for one in frame] for frame, _ in frames(events, cursor(99))]


def test_events_share_a_frame_below_the_limit() -> None:
    assert cut([event(seq) for seq in range(1, 8)]) == [[1, 2, 3, 4, 5, 6, 7]]
    assert cut([event(seq, size=QUARTER) for seq in range(1, 8)]) == [[1, 2, 3], [4, 5, 6], [7]]


def test_a_batch_that_does_not_fit_starts_a_frame_of_its_own() -> None:
    before = [event(seq, size=QUARTER) for seq in (1, 2, 3)]
    batch = [event(seq, size=QUARTER // 2, batch=7) for seq in range(4, 9)]
    after = [event(9, size=QUARTER)]
    assert cut(before + batch + after) == [[1, 2, 3], [4, 5, 6, 7, 8, 9]]


def test_only_what_alone_exceeds_the_limit_passes_it() -> None:
    batch = [event(seq, size=QUARTER, batch=7) for seq in range(2, 8)]
    big = event(9, size=2 * FRAME_LIMIT_BYTES)
    assert cut([event(1), *batch, event(8), big, event(10)]) == [
        [1],
        [2, 3, 4, 5, 6, 7],
        [8],
        [9],
        [10],
    ]


def test_two_batches_are_two_things() -> None:
    first = [event(seq, size=QUARTER, batch=7) for seq in (1, 2)]
    second = [event(seq, size=QUARTER, batch=8) for seq in (3, 4)]
    assert cut(first + second) == [[1, 2], [3, 4]]


def test_a_frame_s_cursor_is_behind_its_last_event_and_the_page_s_behind_all() -> None:
    events = [event(seq, size=FRAME_LIMIT_BYTES) for seq in (1, 2)]
    assert [reached for _, reached in frames(events, cursor(99))] == [cursor(1), cursor(99)]
    assert list(frames([], cursor(99))) == []
