"""What every door calls: reads through the caches, writes through the store."""

from state.service.access import check_key
from state.service.composition import tiers
from state.service.deployment import cache_report, invalidate_cache
from state.service.guard import require_database
from state.service.reading import (
    Page,
    add_last_seen,
    heartbeat,
    list_facts,
    list_states,
    read,
    read_many,
    read_state,
    read_states,
    read_version,
    summary,
    verifications_for_source,
)
from state.service.watching import (
    HistoryPage,
    checked_cursor,
    diff,
    history,
    place_of,
    prune_history,
    read_events,
    recent_activity,
    recent_events,
    snapshot_pages,
)
from state.service.writing import known_body, submit, write, written_body

__all__ = [
    "HistoryPage",
    "Page",
    "add_last_seen",
    "cache_report",
    "check_key",
    "checked_cursor",
    "diff",
    "heartbeat",
    "history",
    "invalidate_cache",
    "known_body",
    "list_facts",
    "list_states",
    "place_of",
    "prune_history",
    "read",
    "read_events",
    "read_many",
    "read_state",
    "read_states",
    "read_version",
    "recent_activity",
    "recent_events",
    "require_database",
    "snapshot_pages",
    "submit",
    "summary",
    "tiers",
    "verifications_for_source",
    "write",
    "written_body",
]
