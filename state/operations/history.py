"""``/api/v1/{kinds}/{id}/history``, ``/diff`` and ``/restore`` (contract §5)."""

from functools import partial
from typing import Annotated

from msgspec import Meta, Struct

from state.domain.jsontext import encode
from state.domain.kinds import Kind
from state.domain.queries import LIMIT_MAX, parse_limit
from state.operations.operation import Body, Operation, Parameter, Result
from state.operations.parameters import FORCE, IF_MATCH, WRITE_HEADERS, limit
from state.operations.shapes import Difference, HistoryPage, Version
from state.operations.states import answer_write, may_write, written_results
from state.protocol import states
from state.protocol.call import Answer, Call
from state.protocol.pages import render_page
from state.service import watching
from state.service.guard import ask_database

TAG = "History"
_PAGE_DEFAULT = 50


class Restore(Struct, forbid_unknown_fields=True):
    """Which version to bring back."""

    version: Annotated[int, Meta(ge=1, lt=2**62)]


async def _history(kind: Kind, call: Call) -> Answer:
    size = parse_limit(call.query.get("limit"), default=_PAGE_DEFAULT)
    before = call.query.get("before")
    page = await ask_database(
        watching.history,
        kind,
        call.id,
        limit=size,
        before=states.read_version_number(before) if before else None,
    )
    return render_page(page.items, page.next)


async def _diff(kind: Kind, call: Call) -> Answer:
    old, new = (states.read_version_number(call.query[name]) for name in ("from", "to"))
    old_values, new_values = await ask_database(watching.diff, kind, call.id, old, new)
    body = {"from": old, "to": new, "oldValues": old_values, "newValues": new_values}
    return Answer(200, encode(body))


async def _restore(kind: Kind, call: Call) -> Answer:
    return await answer_write(call, states.restore_submission(call, kind))


def operations_of(kind: Kind) -> list[Operation]:
    """The calls on the history of one state of a kind."""
    path = f"/api/v1/{kind.segment}/{{id}}"
    return [
        Operation(
            name="history",
            method="GET",
            path=f"{path}/history",
            kind=kind,
            run=partial(_history, kind),
            tag=TAG,
            summary="Every change of one state, newest first",
            description="Still there after a delete. A page ends at `limit` or at about 1 MiB; "
            "`next` is the `before` of the following one.",
            results={200: Result("A page.", HistoryPage)},
            refusals=(404,),
            query=(
                limit(LIMIT_MAX, _PAGE_DEFAULT, "Changes"),
                Parameter("before", "Only below this version.", Version, may_be_empty=True),
            ),
        ),
        Operation(
            name="diff",
            method="GET",
            path=f"{path}/diff",
            kind=kind,
            run=partial(_diff, kind),
            tag=TAG,
            summary="The top-level fields in which two versions differ",
            results={200: Result("The values at each.", Difference)},
            refusals=(404,),
            query=(
                Parameter("from", "A version.", Version, required=True),
                Parameter("to", "Another version.", Version, required=True),
            ),
        ),
        Operation(
            name="restore",
            method="POST",
            path=f"{path}/restore",
            kind=kind,
            run=partial(_restore, kind),
            tag=TAG,
            summary="Write the content of an old version as a new one",
            description="Shape and lock are checked, transitions and invariants are not.",
            role="operator",
            permit=partial(may_write, kind),
            body=Body(Restore),
            results=written_results(kind, 201),
            refusals=(404, 409, 412, 423, 428),
            query=(FORCE,),
            headers=(
                IF_MATCH,
                Parameter("If-None-Match", "`*`: the state is deleted."),
                *WRITE_HEADERS,
            ),
        ),
    ]
