"""What comparing a claim with a sentence found: agreement, conflict, or a gap."""

from dataclasses import dataclass, field
from enum import IntEnum


class Effect(IntEnum):
    """What a finding does to the verdict."""

    AGREES = 0
    GAP = 1  # the source does not say it: no support
    CONFLICTS = 2  # the source says otherwise


@dataclass(slots=True, frozen=True)
class Finding:
    """One thing that agrees or differs; ``kind`` is the word the contract uses for it, and
    ``tokens`` are the claim's tokens concerned.
    """

    effect: Effect
    kind: str
    text: str
    tokens: tuple[int, ...] = ()
    weight: float = 1.0

    @property
    def reason(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(slots=True)
class Findings:
    """All findings of one comparison."""

    found: list[Finding] = field(default_factory=list)

    def add(
        self,
        effect: Effect,
        kind: str,
        text: str,
        tokens: tuple[int, ...] = (),
        weight: float = 1.0,
    ) -> None:
        self.found.append(Finding(effect, kind, text, tokens, weight))

    def of(self, effect: Effect) -> list[Finding]:
        return [finding for finding in self.found if finding.effect is effect]
