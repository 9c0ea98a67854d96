"""Reading and writing one state, and lists of them (contract §2)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlencode

import msgspec

from lightning_client.answers import FactsOutcome, Page
from lightning_client.core.call import Answer, Call, ask, nothing, read, reader_of, write
from lightning_client.core.kinds import RESEARCH, KindOf
from lightning_client.states import Fact, ResearchState, State

S = TypeVar("S", bound=State)
ANY_VERSION: Final = "*"
_FILTERS = {
    "agent_type": "agentType",
    "source_id": "sourceId",
    "min_confidence": "minConfidence",
    "updated_since": "updatedSince",
}
_parse_facts_page = reader_of(Page[Fact])
_parse_any = reader_of(dict[str, Any])


def get(
    kind: KindOf[S],
    state_id: str,
    *,
    version: int | None = None,
    fresh: bool = False,
    min_version: int | None = None,
    facts: bool = True,
    last_seen: bool = False,
) -> Call[S]:
    asked = {
        "version": version,
        "facts": None if facts or kind is not RESEARCH else "none",
        "include": "lastSeen" if last_seen else None,
    }
    return read(
        kind.path(state_id) + query(asked),
        _with_facts(kind, read_facts=facts),
        Cache_Control="no-cache" if fresh else "",
        Lightning_Min_Version=str(min_version) if min_version else "",
    )


def put(
    kind: KindOf[S],
    state_id: str,
    content: Mapping[str, Any],
    *,
    if_match: int | Literal["*"],
    lock_token: str = "",
    reason: str = "",
    force: bool = False,
) -> Call[S]:
    """Replace the version, or whatever is there (``*``); 0 creates and replaces nothing."""
    return write(
        "PUT",
        kind.path(state_id) + query({"force": force or None}),
        kind.parse,
        body=content,
        If_Match=precondition(if_match),
        If_None_Match="" if if_match else ANY_VERSION,
        Lock_Token=lock_token,
        Lightning_Reason=reason,
    )


def patch(
    kind: KindOf[S],
    state_id: str,
    change: Mapping[str, Any],
    *,
    version: int | None = None,
    lock_token: str = "",
    reason: str = "",
    force: bool = False,
) -> Call[S]:
    return write(
        "PATCH",
        kind.path(state_id) + query({"force": force or None}),
        kind.parse,
        body=kind.patch(dict(change)),
        If_Match=precondition(version or 0),
        Lock_Token=lock_token,
        Lightning_Reason=reason,
    )


def delete(
    kind: KindOf[S],
    state_id: str,
    *,
    version: int | None = None,
    lock_token: str = "",
    reason: str = "",
) -> Call[None]:
    return write(
        "DELETE",
        kind.path(state_id),
        nothing,
        If_Match=precondition(version or ANY_VERSION),
        Lock_Token=lock_token,
        Lightning_Reason=reason,
    )


def add_facts(
    research_id: str,
    facts: Iterable[Fact | Mapping[str, Any]],
    *,
    lock_token: str = "",
    reason: str = "",
) -> Call[FactsOutcome]:
    return write(
        "POST",
        RESEARCH.path(research_id, "/facts"),
        reader_of(FactsOutcome),
        body={"facts": list(facts)},
        Lock_Token=lock_token,
        Lightning_Reason=reason,
    )


def facts_page(
    research_id: str, *, newest_first: bool, limit: int | None, page: str | None
) -> Call[Page[Fact]]:
    asked = {"limit": limit, "page": page, "ordering": "-" if newest_first else None}
    return read(RESEARCH.path(research_id, "/facts") + query(asked), _parse_facts_page)


def states_page(kind: KindOf[S], filters: Mapping[str, Any]) -> Call[Page[S]]:
    """One page; filters by attribute name or by the contract's."""
    named = {_FILTERS.get(name, name): value for name, value in filters.items()}
    return read(f"/api/v1/{kind.segment}{query(named)}", _page_parser(kind))


def beat(agent_ids: Iterable[str]) -> Call[None]:
    return ask("/api/v1/agents/heartbeat", {"ids": list(agent_ids)}, nothing)


def summary() -> Call[dict[str, Any]]:
    return read("/api/v1/summary", _parse_any)


def health() -> Call[dict[str, Any]]:
    return read("/health", _parse_any)


def precondition(version: int | Literal["*"]) -> str:
    """The If-Match of a version; "" of 0, which is none."""
    if version == ANY_VERSION:
        return ANY_VERSION
    return f'"{version}"' if version else ""


def query(parameters: Mapping[str, Any]) -> str:
    """``?…`` of the parameters that are not None; "" when none is left."""
    given = {name: _text(value) for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    plain = msgspec.to_builtins(value)
    return ",".join(map(str, plain)) if isinstance(plain, list) else str(plain)


def unread(call: Call[Any]) -> Call[Answer]:
    """The call, its answer as it came."""
    return replace(call, parse=_as_it_came)


def parse_kept(kind: KindOf[S], content: bytes) -> S:
    """A state from the JSON of an earlier answer."""
    return _with_facts(kind, read_facts=True)(Answer(200, {}, content))


def _as_it_came(answer: Answer) -> Answer:
    return answer


def _with_facts(kind: KindOf[S], *, read_facts: bool) -> Callable[[Answer], S]:
    """Reads a state; only a research that was read with its facts has a list of them."""
    if kind is not RESEARCH:
        return kind.parse

    def parse(answer: Answer) -> S:
        state = kind.parse(answer)
        assert isinstance(state, ResearchState)
        state.extracted_facts = (state.extracted_facts or []) if read_facts else None
        return state

    return parse


def _page_parser(kind: KindOf[S]) -> Any:
    if kind.name not in _PAGE_PARSERS:
        _PAGE_PARSERS[kind.name] = reader_of(Page[kind.type])  # type: ignore[name-defined]
    return _PAGE_PARSERS[kind.name]


_PAGE_PARSERS: dict[str, Any] = {}
