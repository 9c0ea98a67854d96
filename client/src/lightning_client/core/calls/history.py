"""History, restore, the change log (contract §5)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct

from lightning_client.answers import Change, Difference
from lightning_client.core.call import Call, read, reader_of, write
from lightning_client.core.calls.states import precondition, query
from lightning_client.core.kinds import KindOf
from lightning_client.states import State

S = TypeVar("S", bound=State)


class HistoryPage(Struct):
    items: list[Change]
    next: int | None = None


class EventPage(Struct):
    events: list[Change]
    cursor: str


_parse_history = reader_of(HistoryPage)
_parse_events = reader_of(EventPage)
_parse_difference = reader_of(Difference)


def history_page(
    kind: KindOf[Any], state_id: str, *, limit: int | None, before: int | None
) -> Call[HistoryPage]:
    asked = {"limit": limit, "before": before}
    return read(kind.path(state_id, "/history") + query(asked), _parse_history)


def diff(kind: KindOf[Any], state_id: str, old: int, new: int) -> Call[Difference]:
    asked = {"from": old, "to": new}
    return read(kind.path(state_id, "/diff") + query(asked), _parse_difference)


def restore(
    kind: KindOf[S],
    state_id: str,
    version: int,
    *,
    current_version: int,
    lock_token: str = "",
    reason: str = "",
) -> Call[S]:
    """Write a past version's content as a new version; `current_version` 0: it is deleted."""
    return write(
        "POST",
        kind.path(state_id, "/restore"),
        kind.parse,
        body={"version": version},
        If_Match=precondition(current_version),
        If_None_Match="" if current_version else "*",
        Lock_Token=lock_token,
        Lightning_Reason=reason,
    )


def watched(kinds: Iterable[str], ids: Iterable[str], after: str | None) -> dict[str, str | None]:
    """The parameters of watching."""
    return {
        "after": after,
        "kinds": ",".join(kinds) or None,
        "ids": ",".join(ids) or None,
    }


def events(parameters: dict[str, str | None], wait_seconds: float) -> Call[EventPage]:
    """The events behind a cursor, waiting for the first one."""
    path = f"/api/v1/events{query({**parameters, 'wait': wait_seconds})}"
    call = read(path, _parse_events)
    return Call("GET", path, call.parse, call.headers, reads=False, waits_seconds=wait_seconds)


def snapshot_path(at: str | datetime | None) -> str:
    return f"/api/v1/snapshot{query({'at': at})}"
