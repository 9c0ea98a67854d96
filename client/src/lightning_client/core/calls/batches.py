"""Many states in one call (contract §3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from lightning_client.answers import BatchResult
from lightning_client.core.call import Answer, Call, ask, write
from lightning_client.core.kinds import KindOf
from lightning_client.states import State

S = TypeVar("S", bound=State)
MOST_ITEMS = 1000


class _Results(msgspec.Struct):
    results: list[BatchResult]


_decode_results = msgspec.json.Decoder(_Results).decode


class _Found(msgspec.Struct):
    items: dict[str, msgspec.Raw]


_decode_found = msgspec.json.Decoder(_Found).decode


def batch_get(kind: KindOf[S], ids: Sequence[str], *, fresh: bool = False) -> Call[dict[str, S]]:
    """At most 1000 ids; those that are missing are missing."""
    decode = msgspec.json.Decoder(kind.type).decode

    def parse(answer: Answer) -> dict[str, S]:
        found = _decode_found(answer.content).items
        return {state_id: decode(state) for state_id, state in found.items()}

    call = ask(f"/api/v1/{kind.segment}/batch-get", {"ids": list(ids)}, parse)
    if fresh:
        call.headers["Cache-Control"] = "no-cache"
    return call


def batch_set(
    kind: KindOf[Any],
    items: Iterable[Mapping[str, Any]],
    *,
    atomic: bool,
    reason: str = "",
) -> Call[list[BatchResult]]:
    """At most 1000 items, as the contract writes them."""
    return write(
        "POST",
        f"/api/v1/{kind.segment}/batch-set",
        lambda answer: _decode_results(answer.content).results,
        body={"items": list(items), "atomic": atomic},
        Lightning_Reason=reason,
    )


def put_item(kind: KindOf[S], state_id: str, state: S, *, overwrite: bool) -> dict[str, Any]:
    """One state of a batch, under the precondition that `set` has."""
    item: dict[str, Any] = {"id": state_id, "state": kind.content(state)}
    if overwrite:
        return item | {"ifMatch": "*"}
    return item | ({"ifMatch": state.version} if state.version else {"ifNoneMatch": "*"})
