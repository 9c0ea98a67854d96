"""What a write would say of a state that came as JSON: its shape, then its invariants.

The transition is left out: any status is legal at creation, and there is no stored state here. It
is read as the wire reads one (clients judge what they are about to send); a member that no state
has is refused all the same, as ``/api/v1`` does.
"""

from typing import Any, NamedTuple

from state.domain import jsontext
from state.domain.errors import Invalid, Malformed
from state.domain.kinds import FACTS, Kind
from state.domain.shapes import content_of
from state.domain.tolerant import state_of, unknown_members
from state.verl.calls.moments import now

CONTEXTS = {
    "agent_state": Kind.AGENT,
    "research_state": Kind.RESEARCH,
    "verification_state": Kind.VERIFICATION,
}


class StateReport(NamedTuple):
    """``shape`` and ``invariants`` list what a write would refuse; ``document`` is the state as it
    would be stored, empty when it has no right shape.
    """

    shape: list[str]
    invariants: list[str]
    document: dict[str, Any]


def read_state(kind: Kind, content: str, verified_threshold: float) -> StateReport:
    """Reads JSON as a state of a kind and says what a write of it would say."""
    try:
        body = jsontext.parse(content.encode("utf-8", "surrogatepass"))
    except (Malformed, Invalid) as problem:
        return StateReport([problem.detail], [], {})
    if not isinstance(body, dict):
        return StateReport(["the content must be a JSON object"], [], {})
    try:
        identity, fields, _ = state_of(kind, body)
        document = content_of(kind, identity, {**unknown_members(kind, body), **fields})
    except Invalid as problem:
        issues = problem.data.get("errors") or [{"field": "", "message": problem.detail}]
        return StateReport([_sentence(issue) for issue in issues], [], {})
    facts = document.pop(FACTS, None) or []
    _fill_times(kind, document)
    broken = kind.spec.invariants(None, document, facts, verified_threshold)
    issues = [f"{problem['field']} {problem['message']}" for problem in broken]
    return StateReport([], issues, {**document, FACTS: facts})


def _sentence(issue: dict[str, str]) -> str:
    field = issue["field"].removeprefix("state.")
    return f"{field}: {issue['message']}".strip(": ")


def _fill_times(kind: Kind, document: dict[str, Any]) -> None:
    """The times a write would fill (contract §1)."""
    moment, spec = now(), kind.spec
    for name in spec.times_of_writing:
        document.setdefault(name, moment)
    if spec.time_of_ending and document.get(spec.time_of_ending) is None:
        is_final = document["status"] in spec.final
        started = max(moment, *(document[name] for name in spec.times_of_writing))
        document[spec.time_of_ending] = started if is_final else None
