"""What opens, counts up and closes, from what is wrong now: pure (contract §9).

One alert a cause: the same rule and subject while open only counts up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from state.alerts.rules import Rule

Identity = tuple[str, str]
"""A rule's name and a subject."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule is broken now.

    ``occurrence`` tells one event from the next (a state's version, a minute): an alert counts
    the different ones.
    """

    rule: Rule
    subject: str
    value: Any
    occurrence: str

    @property
    def identity(self) -> Identity:
        return self.rule.name, self.subject


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is open: its row, and the occurrence it has counted last."""

    id: int
    occurrence: str


@dataclass(slots=True)
class Verdict:
    """What to do: open these, count these up, close those."""

    opened: list[Breach] = field(default_factory=list)
    repeated: list[tuple[int, Breach]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)


class Judge:
    """Remembers since when a rule is broken, for those that have to be for a while."""

    def __init__(self) -> None:
        self._since: dict[Identity, float] = {}

    def judge(
        self,
        breaches: Iterable[Breach],
        open_alerts: Mapping[Identity, OpenAlert],
        now: float,
        unknown: Iterable[str] = (),
    ) -> Verdict:
        """One round at monotonic ``now``.

        ``unknown`` names rules that could not be judged: their alerts stay as they are.
        """
        verdict, broken = Verdict(), {}
        for breach in breaches:
            broken[breach.identity] = breach
        self._since = {one: self._since.get(one, now) for one in broken}
        for identity, breach in broken.items():
            known = open_alerts.get(identity)
            if known is None:
                if now - self._since[identity] >= breach.rule.for_seconds:
                    verdict.opened.append(breach)
            elif known.occurrence != breach.occurrence:
                verdict.repeated.append((known.id, breach))
        skipped = set(unknown)
        verdict.closed = [
            alert.id
            for identity, alert in open_alerts.items()
            if identity not in broken and identity[0] not in skipped
        ]
        return verdict
