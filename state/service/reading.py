"""Reads states, lists and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from state.cache.reading import Reading
from state.changelog.cursor import Cursor
from state.changelog.read import log_position
from state.domain.cache_keys import state_key
from state.domain.errors import NotFound, TooLarge
from state.domain.jsontext import encode
from state.domain.kinds import Kind, is_id
from state.domain.queries import ListQuery, number_in, write_token
from state.domain.times import microseconds
from state.presence import heartbeats
from state.service.composition import tiers
from state.store import lists
from state.store.fetch import fetch_document, fetch_version, without_facts

ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
"""Of the states of one batch-get."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: JSON items, the next page's token, and the log's position when read."""

    items: list[bytes]
    next: str | None
    cursor: str = ""


def read(kind: Kind, state_id: str, *, fresh: bool = False, min_version: int = 0) -> Reading:
    """One state through the caches; a reading without a body says that there is none."""
    minimum = {state_id: min_version} if min_version else None
    return tiers().read(kind, [state_id], fresh=fresh, min_versions=minimum)[state_id]


def read_missed(kind: Kind, min_versions: Mapping[str, int]) -> dict[str, Reading]:
    """States that level 1 was asked for in vain, by id, each with the version that is asked for;
    0 for any. Those without a body are not there.
    """
    return tiers().read(kind, list(min_versions), min_versions=min_versions, counted=False)


def read_state(kind: Kind, state_id: str, *, fresh: bool = False) -> Reading:
    """One live state; raises NotFound."""
    reading = read(kind, state_id, fresh=fresh)
    if reading.body is None:
        raise NotFound()
    return reading


def add_last_seen(agent_id: str, reading: Reading) -> Reading:
    """An agent's reading with its last heartbeat as ``lastSeen``."""
    if reading.body is None:
        return reading
    seen = heartbeats.last_seen([agent_id]).get(agent_id)
    return replace(reading, body=heartbeats.with_last_seen(reading.body, seen))


def read_without_facts(kind: Kind, state_id: str, *, fresh: bool, min_version: int = 0) -> Reading:
    """One state without its facts, which are not read for it; ``factCount`` stays.

    From level 1, or else from the database, where it is one row: caches hold complete states.
    """
    known = None if fresh else tiers().peek(kind, state_id)
    if known is not None and known.version >= min_version:
        body = known.body
        return known if body is None else replace(known, body=without_facts(body))
    found = fetch_document(kind, state_id)
    if found.version:
        tiers().saw_state(kind, state_id, found.version)
    return Reading(found.version, found.body, "DB")


def read_version(kind: Kind, state_id: str, version: int, *, with_facts: bool = True) -> Reading:
    """A state as it was at a version; raises NotFound when the history has none."""
    past = fetch_version(kind, state_id, version)
    if past is None:
        raise NotFound(f"Version {version} is not in the history.").at_level("DB")
    tiers().saw_state(kind, state_id, version)
    return Reading(version, past.body if with_facts else encode(past.document), "DB")


def read_states(
    kind: Kind, ids: Sequence[str], *, fresh: bool = False
) -> tuple[dict[str, bytes], list[str]]:
    """The live states with these ids by id, and the ids that have none, both as asked for; at
    most one query.

    Raises TooLarge past 32 MiB.
    """
    wanted = list(dict.fromkeys(ids))
    try:
        readings = tiers().read(kind, wanted, fresh=fresh, limit_bytes=ANSWER_LIMIT_BYTES)
    except TooLarge:
        raise TooLarge("These states are larger than 32 MiB together: ask for fewer.") from None
    bodies = {one: readings[one].body for one in wanted}
    found = {one: body for one, body in bodies.items() if body is not None}
    return found, [one for one in wanted if one not in found]


def list_states(query: ListQuery, *, with_last_seen: bool = False) -> Page:
    """One page of live states; research without its facts. Raises BadPage."""
    cursor = log_position().cursor
    page = lists.list_states(query)
    tiers().saw(
        (state_key(query.kind, one), version)
        for one, version in zip(page.ids, page.versions, strict=True)
    )
    items = page.items
    if with_last_seen:
        seen = heartbeats.last_seen(page.ids)
        items = [
            heartbeats.with_last_seen(item, seen.get(one))
            for one, item in zip(page.ids, items, strict=True)
        ]
    return Page(items, page.next, str(cursor))


def list_facts(
    research_id: str, limit: int, page: str | None = None, *, newest_first: bool = False
) -> Page:
    """One page of a research's facts, in the order they came; raises NotFound or BadPage."""
    if not is_id(research_id):
        raise NotFound()
    about = ["newest facts" if newest_first else "facts", research_id]
    behind = number_in(page, about) if page else None
    found = lists.list_facts(research_id, limit, behind, newest_first=newest_first)
    if found is None:
        raise NotFound()
    facts, more = found
    token = write_token([*about, str(facts[-1][0])]) if more else None
    return Page([fact for _, fact in facts], token)


def verifications_for_source(source_id: str) -> list[bytes]:
    """A source's verifications, newest first (verifiedAt, version, id, descending).

    Not cached: an update of a verification does not name its source in the log, so a cached list
    could only be dropped with all the others; the query is one index range.
    """
    found = lists.verifications_of(source_id)
    tiers().saw((state_key(Kind.VERIFICATION, one), version) for one, version, _ in found)
    return [document for _, _, document in found]


def summary() -> dict[str, Any]:
    """Exact counts per kind and status, and the log's position they belong to."""
    (epoch, seq, at), counts = lists.count_states()
    report: dict[str, Any] = {}
    for kind in Kind:
        by_status = {status: counts.get((kind.value, status), 0) for status in kind.statuses}
        report[kind.segment] = {"total": sum(by_status.values()), "byStatus": by_status}
    cursor = Cursor(epoch, seq, microseconds(at) if at else 0)
    return report | {"cursor": str(cursor)}


def heartbeat(ids: Sequence[str]) -> set[str]:
    """Notes that agents are alive; returns the ids that are live states."""
    return heartbeats.beat(ids)
