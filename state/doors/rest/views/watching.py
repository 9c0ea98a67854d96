"""States through time: differences, restores, the event stream, snapshots (contract §5)."""

import asyncio
import time
from collections.abc import AsyncIterator

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from state import service
from state.access.scopes import authenticate_scope
from state.changelog.bell import current_bell, rung_within
from state.changelog.cursor import Cursor
from state.changelog.event_filter import EventFilter
from state.changelog.read import EventPage
from state.domain.errors import BadFilter, Unauthenticated
from state.domain.jsontext import encode
from state.domain.queries import parse_limit
from state.doors.rest import documentation as docs
from state.doors.rest.door import call_of, to_response
from state.doors.rest.views.states import KindView, answer_write
from state.doors.rest.views.waiting import WaitingView
from state.protocol import states
from state.protocol.call import Answer
from state.runtime import shutdown
from state.runtime.threads import in_thread
from state.service.guard import ask_database

WAIT_SECONDS = 20.0
WAIT_MAX_SECONDS = 60.0
CREDENTIALS_LAST_SECONDS = 1.5
"""Checked longer ago is checked anew: in force within 5 s, of which a key ring may take 3."""

_OUR_PARAMETERS = frozenset({"after", "limit", "wait"})


class DiffView(KindView):
    """``GET /api/v1/{kinds}/{id}/diff?from=&to=``."""

    @extend_schema(**docs.DIFF)
    def get(self, request: Request, state_id: str) -> HttpResponse:
        query = call_of(request).query
        old, new = (states.read_version_number(query.get(name, "")) for name in ("from", "to"))
        old_values, new_values = service.diff(self.kind, state_id, old, new)
        body = {"from": old, "to": new, "oldValues": old_values, "newValues": new_values}
        return to_response(Answer(200, encode(body)))


class RestoreView(KindView):
    """``POST /api/v1/{kinds}/{id}/restore``."""

    roles = {"POST": "operator"}

    @extend_schema(**docs.RESTORE)
    def post(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        return answer_write(call, states.restore_submission(call, self.kind, state_id))


class EventsView(WaitingView):
    """``GET /api/v1/events``: the log behind a cursor, waiting for the first news."""

    @extend_schema(**docs.EVENTS)
    async def get(self, request: Request) -> HttpResponse:
        authenticated_at = time.monotonic()
        query = call_of(request).query
        wanted = EventFilter.parse(query, also=_OUR_PARAMETERS)
        limit = parse_limit(query.get("limit"), default=500, most=1000)
        wait_seconds = _seconds(query.get("wait", ""))
        after = query.get("after")
        if not after:
            end = await ask_database(service.checked_cursor, None)
            return to_response(_events_answer(EventPage([], end)))
        page = await _first_news(Cursor.parse(after), wanted, limit, wait_seconds)
        if time.monotonic() - authenticated_at > CREDENTIALS_LAST_SECONDS:
            await _authenticate_anew(request)
        return to_response(_events_answer(page))


async def _first_news(
    cursor: Cursor, wanted: EventFilter, limit: int, wait_seconds: float
) -> EventPage:
    deadline = time.monotonic() + wait_seconds
    has_waited = False
    while True:
        ticket = current_bell().ticket()
        # Memory may be a moment behind: good enough for who waits, not for who asks what there is.
        page = service.recent_events(cursor, wanted, limit) if has_waited else None
        if page is None:
            page = await ask_database(service.read_events, cursor, wanted, limit=limit)
        remaining = deadline - time.monotonic()
        if page.events or remaining <= 0 or shutdown.begun.is_set():
            return page
        cursor = page.cursor
        # The bell is a hint that may be lost; a look every second costs little.
        await rung_within(ticket, min(remaining, 1.0))
        has_waited = True


async def _authenticate_anew(request: Request) -> None:
    """Raises Unauthenticated for a caller whose key or session has ended meanwhile."""
    scope = {
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers.items()
        ],
        "session": request._request.session,
    }
    principal = await authenticate_scope(scope, fresh=True)
    if principal is None:
        raise Unauthenticated()
    principal.require("viewer")


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


def _events_answer(page: EventPage) -> Answer:
    listed = b",".join(event.encoded for event in page.events)
    return Answer(200, b'{"events":[' + listed + b'],"cursor":' + encode(str(page.cursor)) + b"}")


class SnapshotView(WaitingView):
    """``GET /api/v1/snapshot``: the whole fleet at a cursor or time, streamed as NDJSON."""

    @extend_schema(**docs.SNAPSHOT)
    async def get(self, request: Request) -> StreamingHttpResponse:
        place = await ask_database(service.place_of, call_of(request).query.get("at"))
        return StreamingHttpResponse(_stream(place), content_type="application/x-ndjson")


async def _stream(place: Cursor) -> AsyncIterator[bytes]:
    pages = service.snapshot_pages(place)
    while page := await in_thread(next, pages, b""):
        yield page
        await asyncio.sleep(0)  # other requests of this loop get their turn
