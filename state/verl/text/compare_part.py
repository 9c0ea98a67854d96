"""Compares a whole with a counted part of it: "all" against "two of the twelve".

A part is a number, "of", and the number of the whole. Who says that a part did something denies it
of the whole (a scalar implicature, Horn 1972); "only" and "few" deny it of the rest.
"""

from collections.abc import Iterator

from state.verl.text.alignment import Alignment
from state.verl.text.findings import Effect, Findings
from state.verl.text.intervals import Fit
from state.verl.text.quantifiers import Quantifier
from state.verl.text.quantity import Quantity, compare
from state.verl.text.sentence import Sentence
from state.verl.text.stopwords import ONLY
from state.verl.text.units import COUNT

_BETWEEN = frozenset("of the their its his her our all those these".split())
_NEAR = 5


def compare_parts(alignment: Alignment, findings: Findings) -> None:
    """The claim says it of all, or of the whole's number; the source of fewer."""
    claim, source = alignment.claim, alignment.source
    if any(_parts(claim)):
        return
    for part, whole in _parts(source):
        for index in _said_of_whole(alignment, whole):
            findings.add(
                Effect.CONFLICTS,
                "quantifier",
                f"the source says it of “{part.text}” of {whole.text} only",
                (index,),
            )
            return


def denies_the_rest(sentence: Sentence) -> bool:
    """Whether it says something of a few only, so that of others it is denied."""
    return (
        any(token.lower in ONLY for token in sentence.tokens)
        or Quantifier.FEW in sentence.quantifiers.values()
        or any(True for _ in _parts(sentence))
    )


def _parts(sentence: Sentence) -> Iterator[tuple[Quantity, Quantity]]:
    for part, whole in zip(sentence.quantities, sentence.quantities[1:], strict=False):
        between = {token.lower for token in sentence.tokens[part.last + 1 : whole.first]}
        if (
            part.unit is whole.unit is COUNT
            and "of" in between <= _BETWEEN
            and part.value < whole.value
        ):
            yield part, whole
        if (
            part.unit is whole.unit is COUNT
            and "," in between
            and part.value > whole.value
            and _follows_of(sentence, part)
        ):
            yield whole, part  # "of the 212 patients, 150 completed the study"


def _follows_of(sentence: Sentence, quantity: Quantity) -> bool:
    before = [token.lower for token in sentence.tokens[: quantity.first]]
    return before in (["of"], ["of", "the"])


def _said_of_whole(alignment: Alignment, whole: Quantity) -> Iterator[int]:
    """The claim's quantifier or number, when the verb they belong to is the source's."""
    claim, source = alignment.claim, alignment.source
    for index, quantifier in claim.quantifiers.items():
        if quantifier is not Quantifier.ALL:
            continue
        targets = [alignment.target(at) for at in claim.content if index < at <= index + _NEAR]
        if any(whole.last < target <= whole.last + _NEAR for target in targets):
            yield index
    verb = alignment.matches.get(next(iter(claim.verbs), -1))
    if verb is None or not verb.agrees or verb.source < 0:
        return
    for quantity in claim.quantities:
        if quantity.unit is not COUNT or quantity.is_bounded:
            continue
        is_same = compare(quantity, whole) is Fit.WITHIN
        is_denied = source.negation.parity[verb.source] or claim.negation.parity[verb.claim]
        of_same = quantity.noun >= 0 and alignment.target(quantity.noun) == whole.noun
        if is_same and of_same and not is_denied:
            yield quantity.first
