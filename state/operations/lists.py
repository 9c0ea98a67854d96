"""``/api/v1/{kinds}``: states by filter, page by page (contract §2)."""

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from state.domain.kinds import SHARED_FILTERS, Kind
from state.domain.kinds.filters import Q_MAX
from state.domain.queries import ORDERINGS, ListQuery
from state.operations.kind_shapes import SHAPES_OF
from state.operations.operation import Operation, Parameter, Result
from state.operations.parameters import PAGE, limit
from state.operations.shapes import Cursor, PageToken, Time
from state.operations.states import TAG, include
from state.protocol.call import Answer, Call
from state.protocol.pages import render_page
from state.protocol.states import wants_last_seen
from state.service import reading
from state.service.guard import ask_database

_SHARED: dict[str, tuple[str, Any]] = {
    "q": (
        "Text in the values of a state, whatever its case.",
        Annotated[str, Meta(max_length=Q_MAX)],
    ),
    "updatedSince": ("Changed at or after this time.", Time),
}
_COMPARISONS = {"=": "Those with this value.", ">=": "Those with this value or a higher one."}
_ORDERINGS = tuple(sign + name for name in ORDERINGS for sign in ("", "-"))
_ORDERING = Parameter(
    "ordering",
    "What to order by, `-` before it for descending; ties by id.",
    Literal[_ORDERINGS],
    may_be_empty=True,
)


async def _list(kind: Kind, call: Call) -> Answer:
    query = ListQuery.parse(kind, call.query, also=frozenset({"include"}))
    with_last_seen = wants_last_seen(call, kind)
    page = await ask_database(reading.list_states, query, with_last_seen=with_last_seen)
    return render_page(page.items, page.next, page.cursor)


def _filters(kind: Kind) -> list[Parameter]:
    own = [
        Parameter(name, _COMPARISONS[one.comparison], one.type, may_be_empty=True)
        for name, one in kind.spec.filters.items()
    ]
    return own + [Parameter(name, *_SHARED[name], may_be_empty=True) for name in SHARED_FILTERS]


def operations_of(kind: Kind) -> list[Operation]:
    """The list of a kind."""
    items: Any = list[SHAPES_OF[kind].listed]  # type: ignore[misc]
    fields = [("items", items), ("next", PageToken), ("cursor", Cursor)]
    page = msgspec.defstruct(f"{kind.capitalize()}Page", fields)
    return [
        Operation(
            name="list",
            method="GET",
            path=f"/api/v1/{kind.segment}",
            kind=kind,
            run=partial(_list, kind),
            tag=TAG,
            summary="List states",
            description="`cursor` is the change log's position when the page was read: watch from "
            "there and nothing is missed. Research items carry `factCount`, not the facts. A page "
            "ends at `limit` or at about 4 MiB.",
            results={200: Result("A page.", page)},
            query=(*_filters(kind), _ORDERING, limit(), PAGE, *include(kind)),
        )
    ]
