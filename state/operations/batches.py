"""``/api/v1/{kinds}/batch-get`` and ``batch-set``: many states in one call (contract §3)."""

from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from state.domain.kinds import Id, Kind
from state.operations.kind_shapes import SHAPES_OF
from state.operations.operation import KIB, MIB, Body, Operation, Result
from state.operations.parameters import FORCE, IDEMPOTENCY_KEY, NO_CACHE, REASON
from state.operations.parsing import parsed
from state.operations.shapes import BatchOutcome, Ids
from state.protocol.batches import ITEMS_MAX, BatchSet, batch_get_ids, render_found
from state.protocol.call import Answer, Call
from state.protocol.headers import wants_fresh
from state.protocol.states import check_force
from state.service import edge, reading
from state.service.guard import ask_database

IDS_LIMIT_BYTES = 256 * KIB
_STATES_LIMIT_BYTES = 16 * MIB
_STATES_LIMIT_VALUES = 500_000


async def _batch_get(kind: Kind, call: Call) -> Answer:
    ids = await parsed(batch_get_ids, call)
    found, missing = await ask_database(reading.read_states, kind, ids, fresh=wants_fresh(call))
    return render_found(found, missing)


async def _batch_set(kind: Kind, call: Call) -> Answer:
    batch = await parsed(BatchSet, call, kind)
    submission = batch.submission
    return batch.render(await edge.submit(submission) if submission else None)


async def _may_force(call: Call) -> None:
    check_force(call)


def operations_of(kind: Kind) -> list[Operation]:
    """The batches of a kind."""
    path = f"/api/v1/{kind.segment}"
    return [
        Operation(
            name="batchGet",
            method="POST",
            path=f"{path}/batch-get",
            kind=kind,
            run=partial(_batch_get, kind),
            tag="Batches",
            summary="Read up to 1000 states",
            description="Of 32 MiB together: more is 413.",
            body=Body(Ids, IDS_LIMIT_BYTES),
            results={200: Result("What there is, and the ids that have none.", _found(kind))},
            headers=(NO_CACHE,),
        ),
        Operation(
            name="batchSet",
            method="POST",
            path=f"{path}/batch-set",
            kind=kind,
            run=partial(_batch_set, kind),
            tag="Batches",
            summary="Write up to 1000 states",
            description="One transaction. With `atomic`, one failure stores nothing: every item "
            "is judged, and those that would have passed say 424.",
            role="agent",
            permit=_may_force,
            body=Body(_batch(kind), _STATES_LIMIT_BYTES, _STATES_LIMIT_VALUES),
            results={200: Result("An outcome an item, in the order sent.", BatchOutcome)},
            refusals=(409,),
            query=(FORCE,),
            headers=(IDEMPOTENCY_KEY, REASON),
        ),
    ]


def _found(kind: Kind) -> Any:
    states: Any = dict[str, SHAPES_OF[kind].state]  # type: ignore[misc]
    fields = [("items", states), ("missing", list[Id])]
    return msgspec.defstruct(f"{kind.capitalize()}BatchFound", fields)


def _batch(kind: Kind) -> Any:
    shapes = SHAPES_OF[kind]
    version = Annotated[int | str, Meta(description='A version, or `"*"`.')]
    item = msgspec.defstruct(
        f"{kind.capitalize()}BatchItem",
        [
            ("id", str),
            ("state", shapes.written | UnsetType, UNSET),
            ("patch", shapes.patch | UnsetType, UNSET),
            ("delete", bool, False),
            ("ifMatch", version | None, None),
            ("ifNoneMatch", Annotated[str, Meta(description='`"*"`.')] | None, None),
            ("lockToken", str | None, None),
        ],
        forbid_unknown_fields=True,
    )
    items = Annotated[list[item], Meta(max_length=ITEMS_MAX)]  # type: ignore[valid-type]
    return msgspec.defstruct(
        f"{kind.capitalize()}Batch",
        [("items", items), ("atomic", bool, False)],
        forbid_unknown_fields=True,
    )
