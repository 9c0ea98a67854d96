"""Compares what a claim allows with what a source says, as intervals of numbers."""

from enum import IntEnum
from typing import NamedTuple

INFINITY = float("inf")
_CLOSE = 1e-9


class Fit(IntEnum):
    """Where the source's interval lies: inside the claim's, apart from it, or neither."""

    OVERLAPS = 0
    WITHIN = 1
    APART = 2


class Interval(NamedTuple):
    """A closed range. An open bound is moved inwards by a relative billionth."""

    low: float
    high: float

    @classmethod
    def above(cls, value: float) -> "Interval":
        return cls(value + abs(value) * _CLOSE + _CLOSE, INFINITY)

    @classmethod
    def below(cls, value: float) -> "Interval":
        return cls(-INFINITY, value - abs(value) * _CLOSE - _CLOSE)


def fit(claim: Interval, source: Interval) -> Fit:
    """Whether everything the source allows is allowed by the claim, or nothing is."""
    slack = _CLOSE / 10
    if claim.low - slack <= source.low and source.high <= claim.high + slack:
        return Fit.WITHIN
    if source.high < claim.low - slack or claim.high < source.low - slack:
        return Fit.APART
    return Fit.OVERLAPS
