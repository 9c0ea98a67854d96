"""``/api/v1/events``: the log behind a cursor, waiting for the first news (contract §5)."""

import time
from typing import Annotated

from msgspec import Meta

from state.changelog.bell import current_bell, rung_within
from state.changelog.cursor import Cursor
from state.changelog.event_filter import EventFilter
from state.changelog.read import EventPage
from state.domain.errors import BadFilter
from state.domain.jsontext import encode
from state.domain.queries import parse_limit
from state.operations.operation import Operation, Parameter, Result
from state.operations.parameters import limit
from state.operations.shapes import EventPage as EventPageShape
from state.protocol.call import Answer, Call
from state.runtime import shutdown
from state.service import watching
from state.service.guard import ask_database

WAIT_SECONDS = 20.0
WAIT_MAX_SECONDS = 60.0
_PAGE_DEFAULT = 500
_PAGE_MOST = 1000
_OUR_PARAMETERS = frozenset({"after", "limit", "wait"})


async def _events(call: Call) -> Answer:
    wanted = EventFilter.parse(call.query, also=_OUR_PARAMETERS)
    size = parse_limit(call.query.get("limit"), default=_PAGE_DEFAULT, most=_PAGE_MOST)
    wait_seconds = _seconds(call.query.get("wait", ""))
    after = call.query.get("after")
    if not after:
        end = await ask_database(watching.checked_cursor, None)
        return _render(EventPage([], end))
    return _render(await _first_news(Cursor.parse(after), wanted, size, wait_seconds))


async def _first_news(
    cursor: Cursor, wanted: EventFilter, size: int, wait_seconds: float
) -> EventPage:
    deadline = time.monotonic() + wait_seconds
    has_waited = False
    while True:
        ticket = current_bell().ticket()
        # Memory may be a moment behind: good enough for who waits, not for who asks what there is.
        page = watching.recent_events(cursor, wanted, size) if has_waited else None
        if page is None:
            page = await ask_database(watching.read_events, cursor, wanted, limit=size)
        remaining = deadline - time.monotonic()
        if page.events or remaining <= 0 or shutdown.begun.is_set():
            return page
        cursor = page.cursor
        # The bell is a hint that may be lost; a look every second costs little.
        await rung_within(ticket, min(remaining, 1.0))
        has_waited = True


def _seconds(text: str) -> float:
    if not text:
        return WAIT_SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= WAIT_MAX_SECONDS:
        raise BadFilter(f"wait: must be 0 to {WAIT_MAX_SECONDS:.0f} seconds.")
    return seconds


def _render(page: EventPage) -> Answer:
    listed = b",".join(event.encoded for event in page.events)
    return Answer(200, b'{"events":[' + listed + b'],"cursor":' + encode(str(page.cursor)) + b"}")


OPERATIONS = [
    Operation(
        name="events",
        method="GET",
        path="/api/v1/events",
        run=_events,
        tag="Changes",
        summary="The change log behind a cursor",
        description="Without `after`: an empty list and the current cursor, at once. No event is "
        "missed and none comes twice; the events of one atomic batch come together. A page ends at "
        "`limit` or at about 1 MiB, whichever is first; its `cursor` says where it stopped. 410: "
        "the cursor is older than the retention, or belongs to a history that a restored backup "
        "lost.\n\n"
        "`WS /ws/events?after=&kinds=&ids=` sends the same as frames: "
        '`{"type":"events","events","cursor"}`, `{"type":"heartbeat","cursor"}` at least every '
        "15 s. Frames stay below 512 KiB, except for one atomic batch or one single event that is "
        "larger by itself: an event holds the old and the new value of every field that changed, "
        "so one of a state of 1 MiB can have 2 MiB.",
        results={200: Result("The changes, in the order they were committed.", EventPageShape)},
        refusals=(410,),
        query=(
            Parameter("after", "The cursor to go on from.", may_be_empty=True),
            Parameter("kinds", "Comma-separated.", may_be_empty=True),
            Parameter("ids", "Comma-separated.", may_be_empty=True),
            limit(_PAGE_MOST, _PAGE_DEFAULT, "Events"),
            Parameter(
                "wait",
                "With `after`: seconds to wait for the first event (20 when absent); fewer when "
                "the instance ends.",
                Annotated[float, Meta(ge=0, le=WAIT_MAX_SECONDS)],
                may_be_empty=True,
            ),
        ),
        waits=True,
    ),
]
