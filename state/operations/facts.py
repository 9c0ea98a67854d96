"""``/api/v1/research/{id}/facts`` (contract §2)."""

from functools import partial
from typing import Literal

from msgspec import Struct

from state.domain.errors import BadFilter
from state.domain.facts import FactShape
from state.domain.kinds import Kind
from state.domain.queries import parse_limit
from state.operations.operation import Body, Operation, Parameter, Result
from state.operations.parameters import IF_MATCH, PAGE, WRITE_HEADERS, limit
from state.operations.parsing import parsed
from state.operations.shapes import FactsAdded, FactsPage
from state.operations.states import may_write
from state.protocol import states
from state.protocol.call import Answer, Call
from state.protocol.pages import render_page
from state.service import edge, reading
from state.service.guard import ask_database

_PATH = "/api/v1/research/{id}/facts"
_PAGE_MOST = 1000
_ORDERINGS = ("", "position", "-position", "-")
_ORDERING = Parameter(
    "ordering",
    "`-` or `-position`: newest first; else in the order they came. An updated fact keeps its"
    " place.",
    Literal["position", "-position", "-"],
    may_be_empty=True,
)


class Facts(Struct, forbid_unknown_fields=True):
    """Facts to add, or to update by id."""

    facts: list[FactShape]


async def _list(call: Call) -> Answer:
    size = parse_limit(call.query.get("limit"), most=_PAGE_MOST)
    ordering = call.query.get("ordering", "")
    if ordering not in _ORDERINGS:
        raise BadFilter("ordering: must be position, -position or -.")
    page = await ask_database(
        reading.list_facts,
        call.id,
        size,
        call.query.get("page"),
        newest_first=ordering.startswith("-"),
    )
    return render_page(page.items, page.next)


async def _append(call: Call) -> Answer:
    submission = await parsed(states.facts_submission, call)
    return states.render_appended(call, await edge.submit(submission))


OPERATIONS = [
    Operation(
        name="listFacts",
        method="GET",
        path=_PATH,
        kind=Kind.RESEARCH,
        run=_list,
        tag="Facts",
        summary="A research's facts, in order",
        description="A page ends at `limit` or at about 4 MiB.",
        results={200: Result("A page.", FactsPage)},
        refusals=(404,),
        query=(limit(_PAGE_MOST), _ORDERING, PAGE),
    ),
    Operation(
        name="appendFacts",
        method="POST",
        path=_PATH,
        kind=Kind.RESEARCH,
        run=_append,
        tag="Facts",
        summary="Add facts to a research, or update them by id",
        role="agent",
        permit=partial(may_write, Kind.RESEARCH),
        body=Body(Facts),
        results={
            200: Result("Stored; the new version is the `ETag`.", FactsAdded),
            204: Result("Stored (`Prefer: return=minimal`)."),
        },
        refusals=(404, 409, 412, 423),
        headers=(IF_MATCH, *WRITE_HEADERS),
    ),
]
