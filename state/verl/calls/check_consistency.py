"""``POST /api/verl/check-consistency``: which statements contradict each other."""

from msgspec import Struct

from state.verl.calls.limits import check_count, check_text
from state.verl.text.consistency import find_contradictions


class CheckConsistencyRequest(Struct, rename="camel", kw_only=True):
    statements: list[str]


class ContradictingPair(Struct, rename="camel"):
    """Two statements by index, and what differs."""

    first: int
    second: int
    reason: str


class CheckConsistencyAnswer(Struct, rename="camel", kw_only=True):
    """``score`` is the share of the statements that contradict no other."""

    is_consistent: bool
    score: float
    contradictions: list[str]
    pairs: list[ContradictingPair]


def check_consistency(request: CheckConsistencyRequest) -> CheckConsistencyAnswer:
    """The contradicting pairs; raises Invalid past the limits."""
    statements = request.statements
    check_count("statements", len(statements))
    check_text("statements", statements)
    found = find_contradictions(statements)
    involved = {index for pair in found for index in (pair.first, pair.second)}
    return CheckConsistencyAnswer(
        is_consistent=not found,
        score=round(1 - len(involved) / len(statements), 4) if statements else 1.0,
        contradictions=[
            f"“{statements[pair.first]}” contradicts “{statements[pair.second]}”: {pair.reason}"
            for pair in found
        ],
        pairs=[ContradictingPair(pair.first, pair.second, pair.reason) for pair in found],
    )
