"""Judges the content of a state before it is stored: invariants, then the content verifiers'
verdict, which the command brings with it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from state.domain.commands import Command, Delete, Document, Restore
from state.domain.current import Current
from state.domain.errors import LightningError, VerificationRejected, VerifierUnavailable
from state.domain.facts import Fact
from state.domain.kinds import FACTS

ContentRule = Callable[[int, Command, Document | None, Document], None]
"""What a command's content has to pass: the version it meets, the command, the old content (None at
creation) and the new one, with the facts that it adds or changes."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The deployment's policy (contract §7); ``content`` is None without content verifiers."""

    transitions: str = "default"
    verified_threshold: float = 0.75
    content: ContentRule | None = None


class Unverified(Exception):
    """The content verifiers have not judged what the command makes of this version."""


def judge(
    version: int,
    command: Command,
    old: Document | None,
    new: Document,
    facts: list[Fact],
    rules: Rules,
) -> None:
    """Raises VerificationRejected for a broken invariant, and whatever the content rule raises.

    ``facts`` are those that this write adds or changes.
    """
    broken = command.kind.spec.invariants(old, new, facts, rules.verified_threshold)
    if broken:
        issues = [f"{problem['field']} {problem['message']}" for problem in broken]
        raise VerificationRejected("; ".join(issues), confidence=0.0, issues=issues, errors=broken)
    if rules.content is not None:
        rules.content(version, command, old, {**new, FACTS: facts})


@dataclass(frozen=True, slots=True)
class VerdictRule:
    """Passes a command by the verdict it brings, when that is of the version it meets.

    Raises Unverified, VerifierUnavailable or VerificationRejected.
    """

    confidence_threshold: float = 0.8
    lets_through_unverified: bool = False

    def __call__(self, version: int, command: Command, old: Document | None, new: Document) -> None:
        verified = command.verified
        if verified is None or verified.base_version != version:
            raise Unverified()
        if not verified.is_complete and not self.lets_through_unverified:
            raise VerifierUnavailable()
        verdict = verified.verdict
        if not verdict.is_valid or verdict.confidence < self.confidence_threshold:
            raise VerificationRejected(
                "; ".join(verdict.issues) or f"The confidence is {verdict.confidence}.",
                confidence=verdict.confidence,
                issues=list(verdict.issues),
            )


Decide = Callable[[Current, Command, Rules, datetime], Any]


def content_to_verify(
    decide: Decide, current: Current, command: Command, rules: Rules, now: datetime
) -> tuple[Document | None, Document] | None:
    """The content before and after a command, as the verifiers judge it.

    None when they have nothing to say: the command brings no content, or another rule refuses it.
    """
    found: list[tuple[Document | None, Document]] = []

    def note(version: int, command: Command, old: Document | None, new: Document) -> None:
        found.append((old, new))
        raise Unverified()  # what follows is not needed

    if isinstance(command.action, Delete | Restore):
        return None
    with suppress(Unverified, LightningError):
        decide(current, command, replace(rules, content=note), now)
    return found[0] if found else None
