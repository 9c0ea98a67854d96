"""What every door calls: reads through the caches, writes through the store."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import Error, connection

from state import heartbeats, workers
from state.cache.l1 import LevelOne
from state.cache.tiers import Reading, Tiers
from state.changelog import read as changelog_read
from state.changelog.cursor import Cursor
from state.changelog.events import ChangeEvent
from state.changelog.read import EventPage, log_place, read_history, recent_events
from state.changelog.tail import tail
from state.domain.commands import Command, Receipt, Submission, Written
from state.domain.decide import Rules
from state.domain.errors import (
    BadPage,
    DatabaseUnavailable,
    LightningError,
    NotFound,
)
from state.domain.kinds import Kind
from state.domain.queries import ListQuery, read_token, write_token
from state.store import apply, fetch_states, fetch_version, lists
from state.store.fetch import with_facts

P = ParamSpec("P")
T = TypeVar("T")

tiers = Tiers(
    LevelOne(settings.LIGHTNING_CACHE_SIZE_MB * 1024 * 1024, settings.LIGHTNING_L1_TTL_SECONDS),
    tail,
    fetch_states,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: JSON items, the next page's token, and the log's place when read."""

    items: list[bytes]
    next: str | None
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Changes of one state, newest first; ``next`` is the ``before`` of the following page."""

    events: list[ChangeEvent]
    next: int | None

    @property
    def items(self) -> list[bytes]:
        """The changes as JSON."""
        return [event.encoded for event in self.events]


@contextmanager
def database_errors() -> Iterator[None]:
    """Names a database that cannot be reached; the doors answer that with 503."""
    try:
        yield
    except Error as error:
        connection.close()
        raise DatabaseUnavailable() from error


def _reaches_database(function: Callable[P, T]) -> Callable[P, T]:
    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        with database_errors():
            return function(*args, **kwargs)

    return guarded


# --- Reading ----------------------------------------------------------------------------------


@_reaches_database
def read(kind: Kind, state_id: str, *, fresh: bool = False, min_version: int = 0) -> Reading:
    """One state through the caches; a reading without a body says that there is none."""
    return tiers.read(kind, [state_id], fresh=fresh, min_version=min_version)[state_id]


def read_state(kind: Kind, state_id: str, *, fresh: bool = False) -> Reading:
    """One live state; raises NotFound."""
    reading = read(kind, state_id, fresh=fresh)
    if reading.body is None:
        raise NotFound()
    return reading


@_reaches_database
def add_last_seen(agent_id: str, reading: Reading) -> Reading:
    """An agent's reading with its last heartbeat as ``lastSeen``."""
    if reading.body is None:
        return reading
    seen = heartbeats.last_seen([agent_id]).get(agent_id)
    return replace(reading, body=heartbeats.with_last_seen(reading.body, seen))


@_reaches_database
def read_version(kind: Kind, state_id: str, version: int) -> Reading:
    """A state as it was at a version; raises NotFound when the history has none."""
    past = fetch_version(kind, state_id, version)
    if past is None:
        raise NotFound(f"Version {version} is not in the history.")
    return Reading(version, past.body, "DB")


@_reaches_database
def read_states(
    kind: Kind, ids: Sequence[str], *, fresh: bool = False
) -> tuple[dict[str, bytes], list[str]]:
    """The live states with these ids by id, and the ids that have none; at most one query."""
    readings = tiers.read(kind, list(dict.fromkeys(ids)), fresh=fresh)
    found = {state_id: read.body for state_id, read in readings.items() if read.body is not None}
    return {one: found[one] for one in readings if one in found}, [
        one for one in dict.fromkeys(ids) if one not in found
    ]


@_reaches_database
def list_states(query: ListQuery, *, with_last_seen: bool = False) -> Page:
    """One page of live states; research without its facts. Raises BadPage."""
    cursor = log_place().cursor
    page = lists.list_states(query)
    items = page.items
    if with_last_seen:
        seen = heartbeats.last_seen(page.ids)
        items = [
            heartbeats.with_last_seen(item, seen.get(one))
            for one, item in zip(page.ids, items, strict=True)
        ]
    return Page(items, page.next, str(cursor))


@_reaches_database
def list_facts(research_id: str, limit: int, page: str | None = None) -> Page:
    """One page of a research's facts, in order; raises NotFound or BadPage."""
    after = -1
    if page:
        parts = read_token(page)
        if len(parts) != 3 or parts[:2] != ["facts", research_id] or not parts[2].isdigit():
            raise BadPage()
        after = int(parts[2])
    exists, facts = lists.list_facts(research_id, limit, after)
    if not exists:
        raise NotFound()
    token = None
    if len(facts) > limit:
        facts = facts[:limit]
        token = write_token(["facts", research_id, str(facts[-1][0])])
    return Page([fact for _, fact in facts], token)


@_reaches_database
def summary() -> dict[str, Any]:
    """Exact counts per kind and status, and the log's place they belong to."""
    cursor = log_place().cursor
    counts = lists.count_states()
    report: dict[str, Any] = {}
    for kind in Kind:
        by_status = {status: counts.get((kind.value, status), 0) for status in kind.statuses}
        report[kind.segment] = {"total": sum(by_status.values()), "byStatus": by_status}
    return report | {"cursor": str(cursor)}


@_reaches_database
def history(
    kind: Kind, state_id: str, *, limit: int = 50, before: int | None = None
) -> HistoryPage:
    """A state's changes, newest first, below a version; raises NotFound for an unknown id."""
    events, more = read_history(kind, state_id, limit, before)
    if not events and before is None:
        raise NotFound()
    return HistoryPage(events, events[-1].version if more else None)


@_reaches_database
def checked_cursor(cursor: Cursor | None) -> Cursor:
    """The cursor, when the log can be read on from it; the log's end for None.

    Raises BadCursor or CursorExpired.
    """
    place = log_place()
    if cursor is None:
        return place.cursor
    place.check(cursor)
    return cursor


@_reaches_database
def read_events(
    after: Cursor,
    *,
    kinds: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    limit: int = 500,
) -> EventPage:
    """The changes behind a cursor, in commit order; raises BadCursor or CursorExpired."""
    return changelog_read.read_events(after, kinds=kinds, ids=ids, limit=limit)


@_reaches_database
def recent_activity(limit: int = 50) -> list[ChangeEvent]:
    """The newest changes of the whole fleet, newest first."""
    return recent_events(limit)


# --- Writing ----------------------------------------------------------------------------------


def rules() -> Rules:
    """The deployment's policy."""
    return Rules(settings.LIGHTNING_TRANSITIONS, settings.LIGHTNING_VERIFIED_THRESHOLD)


@_reaches_database
def submit(submissions: Sequence[Submission]) -> list[Receipt]:
    """Applies submissions in one transaction; what succeeded is durable, and read from now on."""
    tail.start()
    receipts = apply(submissions, rules())
    for receipt in receipts:
        if not receipt.replayed:
            for outcome in receipt.outcomes:
                if isinstance(outcome, Written):
                    _remember(outcome)
    return receipts


def write(command: Command) -> Written:
    """Applies one command; raises the refusal."""
    outcome = submit([Submission([command])])[0].outcomes[0]
    if isinstance(outcome, LightningError):
        raise outcome
    return outcome


@_reaches_database
def written_body(written: Written) -> bytes:
    """The complete JSON of the state that a write made."""
    if written.kind is not Kind.RESEARCH and written.document:
        return written.document
    if written.document and not written.fact_count:
        return with_facts(written.document, b"")
    past = fetch_version(written.kind, written.state_id, written.version)
    if past is None:
        raise NotFound(f"Version {written.version} is not in the history any more.")
    return past.body


def _remember(written: Written) -> None:
    if written.deleted:
        tiers.forget(written.kind, written.state_id, written.version)
        return
    if not written.document:
        return
    body: bytes | None = written.document
    if written.kind is Kind.RESEARCH:
        body = None if written.fact_count else with_facts(written.document, b"")
    tiers.wrote(written.kind, written.state_id, written.version, body)


@_reaches_database
def heartbeat(ids: Sequence[str]) -> set[str]:
    """Notes that agents are alive; returns the ids that are live states."""
    return heartbeats.beat(ids)


# --- The deployment ---------------------------------------------------------------------------


def figures() -> dict[str, Any]:
    """This worker's cache figures, as they go into the deployment's report."""
    level_one = tiers.level_one
    return {
        "L1": {
            "hits": level_one.hits,
            "misses": level_one.misses,
            "entries": level_one.entry_count,
            "bytes": level_one.size_bytes,
            "maxBytes": level_one.max_bytes,
            "ttlSeconds": level_one.ttl_seconds,
            "evictions": level_one.evictions,
        },
        "L3": {"reads": tiers.database_reads},
    }


@_reaches_database
def cache_report() -> dict[str, Any]:
    """Hit rates and sizes per level, for the whole deployment and by instance."""
    return workers.cache_report(workers.me.id, figures())


def new_request_id() -> str:
    """An id for one request, for the answer and the log."""
    return uuid.uuid4().hex
