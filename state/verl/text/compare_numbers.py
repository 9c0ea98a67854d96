"""Compares the quantities of a claim with those of a sentence.

A number differs only from one for the same thing: of the same dimension, counting the
same noun, and belonging to the same verb when the sentence has several (VitaminC, Schuster et
al. 2021, is full of sentences with a second, unrelated number).
"""

from dataclasses import replace

from state.verl.text import dates, quantity
from state.verl.text.alignment import Alignment
from state.verl.text.findings import Effect, Findings
from state.verl.text.intervals import Fit, Interval
from state.verl.text.quantity import Quantity
from state.verl.text.relations import AGREEING, FLIPPING, Relation, relation
from state.verl.text.sentence import Sentence
from state.verl.text.tagging import Tag
from state.verl.text.units import COUNT, CURRENCIES, ORDINAL

_NEAR = 6
_COMPARED = frozenset("more less fewer higher lower longer shorter taller older".split())
_BESIDE = 3


def compare_quantities(alignment: Alignment, findings: Findings) -> None:
    """Adds one finding for every quantity of the claim."""
    claim, source = alignment.claim, alignment.source
    for wanted in claim.quantities:
        rivals = [
            other
            for other in source.quantities
            if other.unit.dimension == wanted.unit.dimension
            and _same_noun(claim, wanted, source, other)
            and _is_difference(claim, wanted) is _is_difference(source, other)
        ]
        if not rivals:
            measured = _measured(alignment, wanted)
            if measured is None:
                _without_rival(alignment, wanted, findings)
                continue
            wanted, other = measured
            rivals = [other]
        chosen = _of_same_verb(alignment, wanted.first, rivals)
        fits = [quantity.compare(wanted, other) for other in chosen]
        if Fit.APART in fits and wanted.unit in (COUNT, ORDINAL):
            # What has no noun may count anything: it can agree, not contradict.
            chosen = [
                other
                for other, found in zip(chosen, fits, strict=True)
                if found is not Fit.APART or (other.noun < 0) is (wanted.noun < 0)
            ]
            if not chosen:
                _without_rival(alignment, wanted, findings)
                continue
            fits = [quantity.compare(wanted, other) for other in chosen]
        tokens = tuple(range(wanted.first, wanted.last + 1))
        if Fit.WITHIN in fits and _is_of_another(alignment, wanted, chosen, fits):
            findings.add(
                Effect.GAP, "number", f"the source says {_said(claim, wanted)} of another", tokens
            )
        elif Fit.WITHIN in fits:
            other = chosen[fits.index(Fit.WITHIN)]
            findings.add(
                Effect.AGREES,
                "number",
                f"{_said(claim, wanted)} is {_said(source, other)} in the source",
                tokens,
            )
        elif Fit.OVERLAPS in fits:
            other = chosen[fits.index(Fit.OVERLAPS)]
            findings.add(
                Effect.GAP,
                "number",
                f"the source says {_said(source, other)}, which does "
                f"not settle {_said(claim, wanted)}",
                tokens,
            )
        else:
            other = chosen[0]
            if wanted.is_label and wanted.first < next(iter(claim.verbs), 0):
                findings.add(
                    Effect.GAP,
                    "name",
                    f"the source speaks of {_said(source, other)}, not of {_said(claim, wanted)}",
                    tokens,
                )
                continue
            same_digits = wanted.value == other.value and wanted.unit != other.unit
            kind = "unit" if same_digits else "number"
            findings.add(
                Effect.CONFLICTS,
                kind,
                f"the claim says {_said(claim, wanted)}, the source {_said(source, other)}",
                tokens,
            )


def _is_difference(sentence: Sentence, quantity: Quantity) -> bool:
    """ "30 hp more than the other": how far two things lie apart, not what one of them has."""
    after = [token.lower for token in sentence.tokens[quantity.last + 1 : quantity.last + 4]]
    return len(after) > 1 and after[0] in _COMPARED and "than" in after


def _is_of_another(
    alignment: Alignment, wanted: Quantity, chosen: list[Quantity], fits: list[Fit]
) -> bool:
    """Whether what the claim says beside its number stands beside another one in the source."""
    claim = alignment.claim
    targets = [
        alignment.target(at)
        for at in claim.content
        if wanted.last < at <= wanted.last + _NEAR
        and claim.clauses[at] == claim.clauses[wanted.last]
    ]
    indexes = [target for target in targets if target >= 0]
    if len(chosen) < 2 or not indexes:
        return False

    def distance(other: Quantity) -> int:
        return min(abs(index - other.last) for index in indexes)

    nearest = min(range(len(chosen)), key=lambda at: distance(chosen[at]))
    fitting = chosen[fits.index(Fit.WITHIN)]
    is_nearer = distance(chosen[nearest]) + _NEAR < distance(fitting)
    return fits[nearest] is Fit.APART and is_nearer


def _measured(alignment: Alignment, wanted: Quantity) -> tuple[Quantity, Quantity] | None:
    """ "The median age was above 40", "the median age was 38 years": a number without its unit,
    and the one that stands beside the same word. The first is given the other's unit.
    """
    claim, source = alignment.claim, alignment.source
    if wanted.unit is not COUNT or wanted.noun >= 0:
        return None
    before = [at for at in claim.content if at < wanted.first]
    target = alignment.target(before[-1]) if before else -1
    if target < 0 or claim.tags[before[-1]] is not Tag.NOUN:
        return None
    for other in source.quantities:
        if other.unit not in (COUNT, ORDINAL) and 0 < other.first - target <= _BESIDE:
            strict, rounded = (
                Interval(*(one * other.unit.factor + other.unit.offset for one in interval))
                for interval in (wanted.strict, wanted.rounded)
            )
            return replace(wanted, unit=other.unit, strict=strict, rounded=rounded), other
    return None


def _without_rival(alignment: Alignment, wanted: Quantity, findings: Findings) -> None:
    claim, source = alignment.claim, alignment.source
    tokens = tuple(range(wanted.first, wanted.last + 1))
    for other in source.quantities:
        both_money = {wanted.unit.dimension, other.unit.dimension} <= CURRENCIES
        if both_money and wanted.value == other.value:
            findings.add(
                Effect.CONFLICTS,
                "unit",
                f"the claim says {_said(claim, wanted)}, the source {_said(source, other)}",
                tokens,
            )
            return
    findings.add(Effect.GAP, "number", f"the source does not say {_said(claim, wanted)}", tokens)


def _said(sentence: Sentence, quantity: Quantity) -> str:
    last = quantity.noun if quantity.noun > quantity.last else quantity.last
    first = quantity.noun if quantity.is_label else quantity.first
    start, end = sentence.tokens[first].start, sentence.tokens[last].end
    return f"“{sentence.text[start:end]}”"


def _same_noun(claim: Sentence, mine: Quantity, source: Sentence, other: Quantity) -> bool:
    """Whether two bare numbers may count the same; a unit already says so."""
    if mine.unit not in (COUNT, ORDINAL):
        return True
    if mine.unit != other.unit or mine.is_label is not other.is_label:
        return False
    if mine.noun < 0 or other.noun < 0:
        return mine.noun == other.noun or (mine.unit is COUNT and mine.value == other.value)
    left, right = claim.words[mine.noun], source.words[other.noun]
    if left is None or right is None:
        return False
    found = relation(left, right)
    if found in (Relation.EXCLUSIVE, Relation.SISTER, *FLIPPING):
        return mine.value == other.value  # "two cats", "two dogs": the number is not what differs
    return found in AGREEING or found is Relation.GENERAL


def _of_same_verb(alignment: Alignment, position: int, rivals: list[Quantity]) -> list[Quantity]:
    """Those that belong to the verb the claim's number belongs to, if any do."""
    if len(rivals) == 1:
        return rivals
    verb = alignment.target(alignment.claim.verb_of(position))
    if verb >= 0:
        same = [other for other in rivals if alignment.source.verb_of(other.first) == verb]
        if same:
            return same
    return rivals


def check_pairing(alignment: Alignment, findings: Findings) -> None:
    """ "4 million in 2018 and 5 million in 2019" says nothing of 4 million in 2019.

    The number that stands nearest to the claim's date has to be the claim's number.
    """
    claim, source = alignment.claim, alignment.source
    if len(claim.quantities) != 1 or len(claim.dates) != 1 or len(source.dates) < 2:
        return
    wanted, when = claim.quantities[0], claim.dates[0]
    same_kind = [
        other for other in source.quantities if other.unit.dimension == wanted.unit.dimension
    ]
    if len(same_kind) < 2:
        return
    fitting = [other for other in source.dates if dates.compare(when, other) is Fit.WITHIN]
    if len(fitting) != 1:
        return
    index = fitting[0].first
    nearest = min(
        same_kind, key=lambda other: min(abs(other.last - index), abs(other.first - index))
    )
    if quantity.compare(wanted, nearest) is Fit.APART:
        findings.add(
            Effect.CONFLICTS,
            "number",
            f"for {when.text} the source says {_said(source, nearest)}, not {_said(claim, wanted)}",
            tuple(range(wanted.first, wanted.last + 1)),
        )
