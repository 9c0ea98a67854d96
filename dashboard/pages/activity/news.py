"""How many changes that fit the page's filters came since it was read."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse

from dashboard.pages.activity.query import read_query
from dashboard.parts.numbers import count
from state.changelog.cursor import Cursor
from state.domain.errors import BadCursor, BadFilter, BadPage, CursorExpired
from state.service import watching

MOST_COUNTED = 1000


@login_required
def count_news(request: HttpRequest) -> JsonResponse:
    """``{"count", "text"}`` for the filters of the page and ``after``, the place it was read at."""
    given = {name: text for name, text in request.GET.dict().items() if text}
    try:
        after = Cursor.parse(given.pop("after", ""))
        number = watching.count_changes(read_query(given), after, MOST_COUNTED)
    except (BadCursor, BadFilter, BadPage) as error:
        return JsonResponse({"problem": error.detail}, status=400)
    except CursorExpired:
        number = MOST_COUNTED
    more = "+" if number == MOST_COUNTED else ""
    return JsonResponse({"count": number, "text": f"{count(number)}{more} new"})
