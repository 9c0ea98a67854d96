"""Repeated measurements, and the ratio of two that were taken in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One quantity, measured once a round."""

    values: tuple[float, ...]
    unit: str

    @property
    def middle(self) -> float:
        return median(self.values)

    @property
    def spread(self) -> str:
        return f"{show(min(self.values))}–{show(max(self.values))}"

    def over(self, other: "Figure") -> "Figure":
        """The ratio round by round: what both rounds suffered from cancels out."""
        pairs = zip(self.values, other.values, strict=True)
        return Figure(tuple(mine / theirs for mine, theirs in pairs), "×")


@dataclass(frozen=True)
class Target:
    """What a figure must be: at least, or at most."""

    limit: float
    at_least: bool

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {show(self.limit)}"

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


def at_least(limit: float) -> Target:
    return Target(limit, True)


def at_most(limit: float) -> Target:
    return Target(limit, False)


@dataclass(frozen=True)
class Row:
    """One line of the table: a figure, what it is compared with, and the ratio of the two.

    Without a reference the figure itself is judged by the target.
    """

    scenario: str
    ours: Figure
    reference_name: str = ""
    reference: Figure | None = None
    target: Target | None = None

    @property
    def ratio(self) -> Figure | None:
        return self.ours.over(self.reference) if self.reference else None

    @property
    def is_met(self) -> bool | None:
        judged = self.ratio or self.ours
        return self.target.is_met(judged.middle) if self.target else None


def show(value: float) -> str:
    """A number with three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def figure(values: Sequence[float], unit: str) -> Figure:
    return Figure(tuple(values), unit)
