"""The smallest legal states, and the words of the three kinds."""

from typing import Any

Body = dict[str, Any]

READY: Body = {"agentType": "Researcher", "status": "Ready"}
RESEARCH: Body = {"query": "what is known"}
VERIFICATION: Body = {"sourceId": "task-1", "content": "checked"}

SMALLEST: dict[str, Body] = {
    "agents": READY,
    "research": RESEARCH,
    "verifications": VERIFICATION,
}
KINDS = tuple(SMALLEST)
ID_FIELDS = {
    "agents": "agentId",
    "research": "researchId",
    "verifications": "verificationId",
}


def fact(number: int, **members: Any) -> Body:
    """A fact with an id of its own."""
    return {"id": f"f{number}", "content": f"fact number {number}", **members}


def if_match(*versions: int) -> dict[str, str]:
    """The precondition "only when it is still at one of these versions"."""
    return {"If-Match": ", ".join(f'"{version}"' for version in versions)}


CREATE_ONLY = {"If-None-Match": "*"}
WHATEVER_IS_THERE = {"If-Match": "*"}
FROM_THE_DATABASE = {"Cache-Control": "no-cache"}
