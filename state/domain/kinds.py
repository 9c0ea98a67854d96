"""The three kinds of state and the names the contract gives them."""

import re
from enum import StrEnum

# Not ^ and $: a $ lets a newline follow.
ID_PATTERN = r"\A[A-Za-z0-9._:@-]{1,200}\Z"
_ID = re.compile(ID_PATTERN)

AGENT_STATUSES = ("Initializing", "Ready", "Processing", "Paused", "Completed", "Failed")
RESEARCH_STATUSES = ("Pending", "InProgress", "Verifying", "Completed", "Failed")
VERIFICATION_OUTCOMES = ("Verified", "Unverified")
"""A verification has no status; counts and lists group it by its outcome."""


class Kind(StrEnum):
    AGENT = "agent"
    RESEARCH = "research"
    VERIFICATION = "verification"

    @property
    def segment(self) -> str:
        """The kind's part of a URL: ``agents``, ``research``, ``verifications``."""
        return _SEGMENTS[self]

    @property
    def id_field(self) -> str:
        """The name of the id in the state's JSON: ``agentId``…"""
        return f"{self.value}Id"

    @property
    def statuses(self) -> tuple[str, ...]:
        return _STATUSES[self]

    @classmethod
    def from_segment(cls, segment: str) -> "Kind":
        """The kind behind a URL segment; KeyError when there is none."""
        return _KINDS[segment]


_SEGMENTS = {
    Kind.AGENT: "agents",
    Kind.RESEARCH: "research",
    Kind.VERIFICATION: "verifications",
}
_KINDS = {segment: kind for kind, segment in _SEGMENTS.items()}
_STATUSES = {
    Kind.AGENT: AGENT_STATUSES,
    Kind.RESEARCH: RESEARCH_STATUSES,
    Kind.VERIFICATION: VERIFICATION_OUTCOMES,
}


def is_id(value: str) -> bool:
    """Whether the text is a legal id (contract §1): 1–200 of ``A-Z a-z 0-9 . _ : @ -``."""
    return _ID.match(value) is not None
