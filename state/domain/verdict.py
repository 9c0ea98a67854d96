"""What a verifier says of a state, and what it must look like to say it (contract §7)."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Protocol

from state.domain.kinds import Kind

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a state may be stored. ``confidence`` is 0–1, and what lies outside is brought
    there; each issue names its field first.
    """

    is_valid: bool
    confidence: float
    issues: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # NaN would pass every comparison with a threshold. It is not above 0.0, so max leaves it.
        object.__setattr__(self, "confidence", min(1.0, max(0.0, self.confidence)))

    def and_also(self, other: "Verdict") -> "Verdict":
        """Both verdicts as one: as confident as the less confident of them."""
        return Verdict(
            self.is_valid and other.is_valid,
            min(self.confidence, other.confidence),
            self.issues + other.issues,
        )


ACCEPTED = Verdict(True, 1.0)


@dataclass(frozen=True, slots=True)
class Verified:
    """What the verifiers say of the state that a command makes of one version of it.

    ``verdict`` is that of all who gave one; ``is_complete`` is whether all did.
    """

    base_version: int
    verdict: Verdict
    is_complete: bool = True


class Verifier(Protocol):
    """Judges the content of a state that is about to be stored.

    It is called before the write's transaction, in a thread of its own or, when ``verify`` is a
    coroutine function, on the verifiers' event loop: it may take its time and reach out, up to
    LIGHTNING_VERIFIER_TIMEOUT_SECONDS. ``old`` is None at creation; neither document may be
    changed. Raises VerifierUnavailable when it cannot judge; anything else it raises is logged and
    means the same. The write may ask again, when its state has changed meanwhile.
    """

    name: str

    def verify(
        self, kind: Kind, old: Document | None, new: Document
    ) -> Verdict | Awaitable[Verdict]: ...
