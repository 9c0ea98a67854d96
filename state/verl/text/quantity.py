"""A quantity found in a sentence, and how one fits another.

Numbers are read with the precision they are given in, after the rules that fact checkers of
statistics use (Thorne & Vlachos 2017): "5 million" admits 4,970,000, "4,970,001" only itself.
"""

from dataclasses import dataclass

from state.verl.text.intervals import Fit, Interval, fit
from state.verl.text.units import Unit

ROUNDING_SHARE = 0.02


@dataclass(slots=True)
class Quantity:
    """A number with its unit; ``first`` and ``last`` are the tokens it takes, ``noun`` the token
    of what is counted (-1 when there is none). ``strict`` is the interval it means as a source,
    ``rounded`` what it admits as a claim, in base units.
    """

    first: int
    last: int
    value: float
    unit: Unit
    unit_name: str
    noun: int
    strict: Interval
    rounded: Interval
    text: str
    is_bounded: bool = False
    is_label: bool = False
    """A number that names its noun instead of counting it: "room 12", "port 8000"."""


def compare(claim: Quantity, source: Quantity) -> Fit:
    """How the source's quantity fits the claim's; both must be of one dimension."""
    if not claim.is_bounded and claim.value == source.value and claim.unit == source.unit:
        return Fit.WITHIN if not source.is_bounded else Fit.OVERLAPS
    if claim.unit != source.unit and not claim.is_bounded:
        # A conversion is rounded by whoever made it.
        wider = abs(claim.rounded.high + claim.rounded.low) / 2 * ROUNDING_SHARE / 2
        claim_interval = Interval(claim.rounded.low - wider, claim.rounded.high + wider)
        return fit(claim_interval, source.strict)
    return fit(claim.rounded, source.strict)
