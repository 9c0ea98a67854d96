"""The newest events in memory: pages with a bound in bytes, and never those of another history."""

import pytest
from msgspec.structs import replace

from state.changelog.event_filter import EVERYTHING, EventFilter
from state.changelog.events import ChangeEvent
from state.changelog.recent import RecentEvents
from state.store.sized_pages import PAGE_BYTES
from tests.unit.log_events import cursor, event

LIMIT = 500


def kept(events: list[ChangeEvent]) -> RecentEvents:
    """These events, kept from place 10 on."""
    recent = RecentEvents()
    recent.begin(cursor(10))
    recent.add(events, events[-1].position)
    return recent


def seqs_of(recent: RecentEvents, after: int, limit: int = LIMIT) -> list[int]:
    page = recent.page(cursor(after), EVERYTHING, limit)
    assert page is not None
    return [one.seq for one in page.events]


def test_a_page_ends_with_the_event_that_passes_the_bound() -> None:
    recent = kept([event(seq, size=PAGE_BYTES // 3) for seq in range(11, 20)])
    page = recent.page(cursor(10), EVERYTHING, LIMIT)
    assert page is not None
    assert [one.seq for one in page.events] == [11, 12, 13]
    assert (page.cursor, page.more) == (cursor(13), True)


def test_pages_continue_without_gap_or_repetition() -> None:
    recent = kept([event(seq, size=PAGE_BYTES // 3) for seq in range(11, 31)])
    found, place, more = list[int](), cursor(10), True
    while more:
        page = recent.page(place, EVERYTHING, LIMIT)
        assert page is not None
        found += [one.seq for one in page.events]
        place, more = page.cursor, page.more
    assert found == list(range(11, 31))


def test_an_atomic_batch_comes_together_past_both_bounds() -> None:
    batch = [event(seq, size=PAGE_BYTES // 2, batch=7) for seq in range(12, 18)]
    recent = kept([event(11), *batch, event(18)])
    assert seqs_of(recent, 10) == list(range(11, 18))
    assert seqs_of(recent, 10, limit=2) == list(range(11, 18))


def test_what_a_filter_leaves_out_does_not_count() -> None:
    recent = kept([event(seq, size=PAGE_BYTES) for seq in range(11, 15)])
    page = recent.page(cursor(10), EventFilter(None, ("a14",)), LIMIT)
    assert page is not None
    assert ([one.seq for one in page.events], page.more) == ([14], False)


@pytest.mark.parametrize("seq", [10, 13, 15])
def test_a_cursor_of_another_history_is_for_the_database(seq: int) -> None:
    recent = kept([event(seq) for seq in range(11, 16)])
    assert recent.page(cursor(seq), EVERYTHING, LIMIT) is not None
    other = replace(cursor(seq), at_us=cursor(seq).at_us + 1)
    assert recent.page(other, EVERYTHING, LIMIT) is None


def test_outside_of_what_is_kept_is_for_the_database() -> None:
    recent = kept([event(seq) for seq in range(11, 16)])
    assert recent.page(cursor(9), EVERYTHING, LIMIT) is None
    assert recent.page(cursor(16), EVERYTHING, LIMIT) is None


def test_a_page_larger_than_the_bound_leaves_its_end_alone() -> None:
    recent = RecentEvents(max_bytes=4 * PAGE_BYTES)
    recent.begin(cursor(10))
    recent.add([event(seq, size=PAGE_BYTES) for seq in range(11, 51)], cursor(50))
    assert recent.page(cursor(40), EVERYTHING, LIMIT) is None
    assert seqs_of(recent, 49) == [50]
