"""What a page still has to be told: by the newest version, and nothing of it lost."""

from msgspec.structs import replace

from dashboard.live.connection import Connection, News
from dashboard.live.watch import Watch, WatchMessage
from state.changelog.events import ChangeEvent
from state.domain.kinds import Kind
from tests.unit.log_events import event

AGENT = (Kind.AGENT, "a")
PAGE = WatchMessage(kinds=[Kind.AGENT], rows={Kind.AGENT: ["a"]})


def change(version: int, change_type: str = "Updated") -> ChangeEvent:
    return replace(event(version), state_id="a", version=version, change_type=change_type)


def news_of(*events: ChangeEvent) -> News:
    page = Connection()
    page.show(Watch(PAGE))
    page.note(events)
    return page.take_news()


def test_a_deletion_is_not_undone_by_an_older_change_that_comes_after_it() -> None:
    """A live event may be noted before those that the page has missed."""
    news = news_of(change(9, "Deleted"), change(8))
    assert (news.deleted, news.dirty) == ({AGENT: 9}, {})


def test_a_state_that_came_back_is_shown() -> None:
    news = news_of(change(9, "Deleted"), change(10, "Created"))
    assert (news.deleted, news.dirty) == ({}, {AGENT: 10})


def test_what_is_put_back_is_added_to_what_came_since() -> None:
    page = Connection()
    page.show(Watch(PAGE))
    page.note([change(1, "Created"), change(2)])
    failed = page.take_news()
    page.note([change(3), change(4)])
    page.put_back(failed)
    news = page.take_news()
    assert news.moved == {Kind.AGENT: {"created": 1, "changed": 3}}
    assert news.dirty == {AGENT: 4}


def test_a_page_behind_others_is_told_afterwards_how_much_it_missed() -> None:
    page = Connection()
    page.show(Watch(PAGE))
    page.hide(True)
    page.note([change(1, "Created"), change(2), replace(event(3), kind="research")])
    assert page.take_away_count() is None
    page.hide(False)
    assert page.take_away_count() == 2
    assert page.take_away_count() is None


def test_a_page_that_comes_back_is_told_how_much_it_missed() -> None:
    page = Connection()
    page.show(Watch(PAGE))
    page.catch_up([change(4), change(5)])
    assert page.take_news().dirty == {AGENT: 5}
    assert page.take_away_count() == 2


def test_a_page_watches_a_hundred_states_at_most() -> None:
    ids = [f"a{number}" for number in range(150)]
    assert len(Watch(WatchMessage(rows={Kind.AGENT: ids})).rows) == 100
