"""What an operator should look at: the few states that fit a trouble, and how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from state.domain.kinds import Kind
from state.domain.times import format_time
from state.store.columns import TABLES
from state.store.fetch import run_query
from state.store.sqlite_values import from_column, to_column


@dataclass(frozen=True, slots=True)
class Troubled:
    """A state that fits a trouble; ``since`` is when it last changed."""

    kind: Kind
    state_id: str
    version: int
    since: str


def failed_states(kind: Kind, limit: int) -> list[Troubled]:
    """The failed states, those that failed last first."""
    return _read(kind, "status = 'Failed'", [], "updated_at desc", limit)


def silent_agents(before: datetime, by_type: Mapping[str, datetime], limit: int) -> list[Troubled]:
    """Agents at work that have neither changed nor been heard of since, the longest first.

    ``by_type`` has the moments of agent types that are not the others'.
    """
    moment, parameters = "%s", [_time(before)]
    if by_type:
        cases = " ".join("when %s then %s" for _ in by_type)
        moment = f"case agent_type {cases} else %s end"
        told = [part for name, at in by_type.items() for part in (name, _time(at))]
        parameters = [*told, *parameters]
    if connection.vendor == "postgresql":
        moment = f"({moment})::timestamptz"
    quiet = (
        f"status = 'Processing' and updated_at < {moment} and not exists (select 1 from"
        f" state_agentheartbeat h where h.agent_id = s.id and h.last_seen >= {moment})"
    )
    return _read(Kind.AGENT, quiet, [*parameters, *parameters], "updated_at", limit)


def doubtful_verifications(below: float, limit: int) -> list[Troubled]:
    """Unverified ones with less confidence than this, the newest first."""
    return _read(
        Kind.VERIFICATION,
        "not is_verified and confidence_score < %s",
        [below],
        "updated_at desc",
        limit,
    )


def _read(
    kind: Kind, condition: str, parameters: list[Any], order: str, limit: int
) -> list[Troubled]:
    rows = run_query(
        f"select id, version, updated_at from {TABLES[kind]} s"
        f" where live and {condition} order by {order}, id limit %s",
        [*parameters, limit],
    )
    return [
        Troubled(kind, state_id, version, format_time(from_column(since)))
        for state_id, version, since in rows
    ]


def _time(moment: datetime) -> Any:
    return moment if connection.vendor == "postgresql" else to_column(moment)
