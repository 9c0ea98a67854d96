"""Compares the quantities and dates of a claim with those of a sentence.

A number or date differs only from one for the same thing: of the same dimension, counting the
same noun, and belonging to the same verb when the sentence has several (VitaminC, Schuster et
al. 2021, is full of sentences with a second, unrelated number).
"""

from state.verl.text import dates, quantity
from state.verl.text.alignment import Alignment
from state.verl.text.dates import When
from state.verl.text.findings import Effect, Findings
from state.verl.text.intervals import Fit
from state.verl.text.quantity import Quantity
from state.verl.text.relations import AGREEING, FLIPPING, Relation, relation
from state.verl.text.sentence import Sentence
from state.verl.text.units import COUNT, CURRENCIES, ORDINAL

_BIRTH = frozenset({"born", "birth", "bear"})
_DEATH = frozenset({"die", "died", "death", "pass away", "kill", "killed", "murdered"})


def compare_quantities(alignment: Alignment, findings: Findings) -> None:
    """Adds one finding for every quantity of the claim."""
    claim, source = alignment.claim, alignment.source
    for wanted in claim.quantities:
        rivals = [
            other
            for other in source.quantities
            if other.unit.dimension == wanted.unit.dimension
            and _same_noun(claim, wanted, source, other)
        ]
        if not rivals:
            _without_rival(alignment, wanted, findings)
            continue
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
        if Fit.WITHIN in fits:
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


def compare_dates(alignment: Alignment, findings: Findings) -> None:
    """Adds one finding for every date of the claim."""
    claim, source = alignment.claim, alignment.source
    for wanted in claim.dates:
        tokens = tuple(range(wanted.first, wanted.last + 1))
        if not source.dates:
            findings.add(Effect.GAP, "date", f"the source does not say {wanted.text}", tokens)
            continue
        chosen = _dates_of_same_verb(alignment, wanted)
        fits = [dates.compare(wanted, other) for other in chosen]
        if Fit.WITHIN in fits:
            other = chosen[fits.index(Fit.WITHIN)]
            findings.add(Effect.AGREES, "date", f"{wanted.text} fits {other.text}", tokens)
        elif Fit.OVERLAPS in fits:
            other = chosen[fits.index(Fit.OVERLAPS)]
            findings.add(Effect.GAP, "date", f"the source says only {_date(source, other)}", tokens)
        else:
            findings.add(
                Effect.CONFLICTS,
                "date",
                f"the claim says {_date(claim, wanted)}, the source {_date(source, chosen[0])}",
                tokens,
            )


def _date(sentence: Sentence, when: When) -> str:
    start, end = sentence.tokens[when.first].start, sentence.tokens[when.last].end
    return f"“{sentence.text[start:end]}”"


def _dates_of_same_verb(alignment: Alignment, wanted: When) -> list[When]:
    claim, source = alignment.claim, alignment.source
    verb = claim.verb_of(wanted.first)
    life = source.life
    if life and verb >= 0:
        word = claim.words[verb]
        lemmas = word.lemmas if word is not None else frozenset()
        if lemmas & _BIRTH:
            return [life[0]]
        if lemmas & _DEATH:
            return [life[1]]
    target = alignment.target(verb)
    if target >= 0 and len(source.dates) > 1:
        same = [other for other in source.dates if source.verb_of(other.first) == target]
        if same:
            return same
    return source.dates


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
    place = fitting[0].first
    nearest = min(
        same_kind, key=lambda other: min(abs(other.last - place), abs(other.first - place))
    )
    if quantity.compare(wanted, nearest) is Fit.APART:
        findings.add(
            Effect.CONFLICTS,
            "number",
            f"for {when.text} the source says {_said(source, nearest)}, not {_said(claim, wanted)}",
            tuple(range(wanted.first, wanted.last + 1)),
        )
