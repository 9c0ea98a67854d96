"""When agents were last heard of: no version, no log row, one upsert every few seconds at most."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from cachetools import TTLCache
from django.db import connection

from state.domain.jsontext import encode
from state.domain.times import format_time
from state.store.fetch import id_list, run_query
from state.store.sqlite_values import from_column, to_column

_WRITE_EVERY_SECONDS = 4.0
_AGENTS_REMEMBERED = 200_000

_written: TTLCache[str, bool] = TTLCache(
    _AGENTS_REMEMBERED, _WRITE_EVERY_SECONDS, timer=time.monotonic
)
_lock = threading.Lock()


def beat(ids: Sequence[str]) -> set[str]:
    """Notes that these agents are alive; returns those of them that are live states.

    An agent noted by this process moments ago is not written again, which keeps ``lastSeen``
    right to within a few seconds at a bounded cost.
    """
    wanted = sorted(set(ids))
    with _lock:
        recent = {one for one in wanted if one in _written}
    due = [one for one in wanted if one not in recent]
    if not due:
        return recent
    condition, parameter = id_list(due)
    # By the clock that gave the agent its createdAt: a beat from before that is not its own.
    moment, now = "clock_timestamp()", []
    if connection.vendor == "sqlite":
        moment, now = "%s", [to_column(datetime.now(UTC))]
    live = {
        row[0]
        for row in run_query(
            f"insert into state_agentheartbeat (agent_id, last_seen) select id, {moment}"
            f" from state_agentstate where id {condition} and live order by id"
            " on conflict (agent_id) do update set last_seen = excluded.last_seen"
            " returning agent_id",
            [*now, parameter],
        )
    }
    with _lock:
        for one in live:
            _written[one] = True
    return live | recent


def forget(ids: Sequence[str]) -> None:
    """These agents are gone: their next beat asks the database."""
    with _lock:
        for one in ids:
            _written.pop(one, None)


def last_seen(ids: Sequence[str]) -> dict[str, str]:
    """The last heartbeat of each agent that had one, as a timestamp."""
    condition, parameter = id_list(ids)
    # A beat from before the agent was deleted and created again is not the new agent's.
    rows = run_query(
        "select h.agent_id, h.last_seen from state_agentheartbeat h"
        " join state_agentstate s on s.id = h.agent_id"
        f" where h.agent_id {condition} and s.live and h.last_seen >= s.created_at",
        [parameter],
    )
    return {agent_id: format_time(from_column(seen)) for agent_id, seen in rows}


def with_last_seen(body: bytes, seen: str | None) -> bytes:
    """An agent's JSON with ``lastSeen`` (null when it was never heard of)."""
    return body[:-1] + b',"lastSeen":' + encode(seen) + b"}"
