"""Pages that ``?at=`` shows as they were: read from the log, without live updates or actions."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboard.parts.moment import Moment, present_time_bar, read_moment
from dashboard.parts.page import LivePage
from state.domain.errors import BadCursor, CursorExpired, TooLarge


class TravellingPage(LivePage):
    """``read_page`` shows the fleet as it is, ``read_past`` as it was at a moment.

    ``read_past`` returns the page's context, and the summary of the kinds that it has counted.
    """

    moment: Moment | None = None

    def read_past(self, moment: Moment) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        raise NotImplementedError

    def _read(self, request: HttpRequest) -> HttpResponse:
        given = {name: text for name, text in request.GET.dict().items() if text}
        at = given.get("at", "")
        if not at:
            return super()._read(request)
        try:
            self.moment = read_moment(at)
            page, summary = self.read_past(self.moment)
            bar = present_time_bar(self.moment, request.path, given)
        except BadCursor as error:
            return self._nothing_to_show("This moment cannot be read.", error.detail, 400)
        except CursorExpired:
            hint = "The log is kept for a time (LIGHTNING_EVENT_RETENTION_DAYS), and no further."
            return self._nothing_to_show("This moment is before what is kept.", hint, 410)
        except TooLarge as error:
            return self._nothing_to_show("This moment is too large to show.", error.detail, 413)
        return self.render_page(
            {
                **self.frame_context(summary),
                **page,
                "at": at,
                "time_bar": bar,
                "watched_kinds": "",
                "topics": "",
                "shows_activity": False,
                "refresh_every": None,
                "may_write": False,
                "may_operate": False,
            }
        )

    def _nothing_to_show(self, problem: str, hint: str | None, status: int) -> HttpResponse:
        return self.render_page(
            {
                **self.frame_context(),
                "watched_kinds": "",
                "topics": "",
                "shows_activity": False,
                "problem": problem,
                "hint": hint,
                "status": status,
                "template": "dashboard/parts/no_moment.html",
            }
        )
