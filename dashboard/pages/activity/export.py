"""The filtered change log as a file: read and sent a page at a time, so memory stays bounded."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBadRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from dashboard.pages.activity.query import read_query
from state.changelog.change_query import ChangeQuery
from state.changelog.events import ChangeEvent
from state.domain.errors import BadFilter, BadPage
from state.runtime.threads import in_thread
from state.service import watching

PAGE_SIZE = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell of a spreadsheet begins a formula with (OWASP, CSV injection)."""

HEADER = (
    *("at", "actor", "kind", "id", "version", "changeType", "reason", "forced"),
    *("oldValues", "newValues", "cursor"),
)
Pages = Iterator[list[ChangeEvent]]


@login_required
def export_csv(request: HttpRequest) -> HttpResponseBase:
    return _export(request, "csv", "text/csv; charset=utf-8", csv_parts)


@login_required
def export_json(request: HttpRequest) -> HttpResponseBase:
    return _export(request, "json", "application/json", json_parts)


def _export(
    request: HttpRequest, extension: str, media_type: str, parts: Callable[[Pages], Iterator[bytes]]
) -> HttpResponseBase:
    given = {name: text for name, text in request.GET.dict().items() if text}
    try:
        query = read_query(given, PAGE_SIZE)
    except (BadFilter, BadPage) as error:
        return HttpResponseBadRequest(error.detail, content_type="text/plain; charset=utf-8")
    answer = StreamingHttpResponse(_streamed(parts(pages_of(query))), content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="activity.{extension}"'
    answer["Cache-Control"] = "no-store"
    return answer


async def _streamed(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each part is made in a thread when the one before it was sent."""
    while part := await in_thread(next, parts, b""):
        yield part


def pages_of(query: ChangeQuery) -> Pages:
    """The changes that fit, newest first, as they are found."""
    before = query.before
    while True:
        found = watching.find_changes(replace(query, before=before))
        yield found.events
        if found.next_before is None:
            return
        before = found.next_before


def csv_parts(pages: Pages) -> Iterator[bytes]:
    """A header and a line a change; what a spreadsheet would run begins with an apostrophe."""
    yield _lines([HEADER])
    for events in pages:
        if events:
            yield _lines([_cells(event) for event in events])


def json_parts(pages: Pages) -> Iterator[bytes]:
    """One array of the events as the API has them."""
    before = b"["
    for events in pages:
        if events:
            yield before + b",\n".join(event.encoded for event in events)
            before = b",\n"
    yield b"[]\n" if before == b"[" else b"]\n"


def _cells(event: ChangeEvent) -> tuple[str, ...]:
    texts = (
        *(event.at, event.actor, event.kind, event.state_id, str(event.version)),
        *(event.change_type, event.reason, "true" if event.forced else "false"),
        *(event.old_text, event.new_text, event.cursor),
    )
    return tuple(defused(text) for text in texts)


def defused(text: str) -> str:
    """The text, behind an apostrophe when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()
