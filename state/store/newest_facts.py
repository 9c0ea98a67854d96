"""A research without its facts, and its facts from the newest back: what a page of it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from state.domain.kinds import Kind
from state.store.columns import TABLES
from state.store.fetch import id_list, run_query


@dataclass(frozen=True, slots=True)
class BareState:
    """A research's row; ``document`` is its JSON without the facts, None when it is deleted."""

    version: int
    document: bytes | None


def fetch_bare_research(research_id: str) -> BareState | None:
    """The research as it is now, at a cost that does not grow with its facts."""
    rows = run_query(
        f"select version, live, document from {TABLES[Kind.RESEARCH]}"
        " where id = %s and version > 0",
        [research_id],
    )
    if not rows:
        return None
    [(version, live, document)] = rows
    return BareState(version, document.encode() if live else None)


def newest_facts(research_id: str, limit: int, before: int | None) -> list[tuple[int, bytes]]:
    """Positions and JSON of the current facts below a position, newest first."""
    rows = run_query(
        "select position, document from state_fact"
        " where research_id = %s and valid_to is null and position < %s"
        " order by position desc limit %s",
        [research_id, 2**62 if before is None else before, limit],
    )
    return [(position, document.encode()) for position, document in rows]


def verifications_of_many(source_ids: Sequence[str], limit: int) -> list[tuple[str, bytes]]:
    """Source id and JSON of the live verifications of these sources, newest first."""
    if not source_ids:
        return []
    condition, parameter = id_list(source_ids)
    rows = run_query(
        f"select source_id, document from {TABLES[Kind.VERIFICATION]}"
        f" where source_id {condition} and live order by updated_at desc, id limit %s",
        [parameter, limit],
    )
    return [(source_id, document.encode()) for source_id, document in rows]
