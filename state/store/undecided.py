"""The verifications that nobody has decided yet, the least certain first."""

from state.domain.kinds import Kind
from state.store.columns import TABLES
from state.store.fetch import run_query


def undecided_verifications(limit: int, rejected_prefix: str) -> list[bytes]:
    """JSON of the live, unverified ones without an issue that says they were rejected."""
    rows = run_query(
        f"select document from {TABLES[Kind.VERIFICATION]}"
        " where live and not is_verified and document not like %s"
        " order by confidence_score, id limit %s",
        [f'%"{rejected_prefix}%', limit],
    )
    return [document.encode() for (document,) in rows]
