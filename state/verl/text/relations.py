"""How two words stand to each other, in the relations of natural logic.

MacCartney & Manning (2007, 2009): equivalence, forward and reverse entailment, negation and
alternation (exclusion), independence.
"""

from enum import IntEnum

from state.verl.text.lexicon import lists
from state.verl.text.words import Word


class Relation(IntEnum):
    """What the source's word is to the claim's word."""

    NONE = 0
    SAME = 1
    DERIVED = 2
    SYNONYM = 3
    SPECIFIC = 4  # the source says more: it entails the claim's word
    GENERAL = 5  # the source says less
    OPPOSITE = 6
    COMPLEMENT = 7
    EXCLUSIVE = 8  # of one list of which a thing can be only one
    SISTER = 9  # two kinds of one thing, by WordNet


STRENGTH = {
    Relation.NONE: 0.0,
    Relation.SAME: 1.0,
    Relation.DERIVED: 0.95,
    Relation.SYNONYM: 0.9,
    Relation.SPECIFIC: 0.85,
    Relation.GENERAL: 0.35,
    Relation.OPPOSITE: 0.8,
    Relation.COMPLEMENT: 0.8,
    Relation.EXCLUSIVE: 0.5,
    Relation.SISTER: 0.4,
}
AGREEING = frozenset({Relation.SAME, Relation.DERIVED, Relation.SYNONYM, Relation.SPECIFIC})
FLIPPING = frozenset({Relation.OPPOSITE, Relation.COMPLEMENT})


def relation(claim: Word, source: Word) -> Relation:
    """The strongest relation between two words; opposites go before likeness of meaning."""
    if claim.text == source.text or not claim.lemmas.isdisjoint(source.lemmas):
        return Relation.SAME
    opposite = opposition(claim, source)
    if opposite in FLIPPING:
        return opposite
    if claim.stem == source.stem and len(claim.stem) > 2:
        return Relation.DERIVED
    if not (claim.derived.isdisjoint(source.lemmas) and source.derived.isdisjoint(claim.lemmas)):
        return Relation.DERIVED
    if not claim.meanings.isdisjoint(source.meanings):
        return Relation.SYNONYM
    if not claim.own_synsets.isdisjoint(source.broader):
        return Relation.SPECIFIC
    if not source.own_synsets.isdisjoint(claim.broader):
        return Relation.GENERAL
    return opposite


def opposition(claim: Word, source: Word) -> Relation:
    """OPPOSITE, COMPLEMENT, EXCLUSIVE, SISTER, or NONE."""
    if _by_prefix(claim, source):
        return Relation.COMPLEMENT
    crossing = (claim.sides.left & source.sides.right) | (claim.sides.right & source.sides.left)
    if crossing:
        complements = not crossing.isdisjoint(lists.complementary())
        return Relation.COMPLEMENT if complements else Relation.OPPOSITE
    if not (
        claim.opposites.isdisjoint(source.lemmas) and source.opposites.isdisjoint(claim.lemmas)
    ):
        return Relation.OPPOSITE
    for number, position in claim.exclusive:
        for other, index in source.exclusive:
            if number == other and position != index:
                return Relation.EXCLUSIVE
    if not claim.parents.isdisjoint(source.parents):
        return Relation.SISTER
    return Relation.NONE


_NEGATIVE_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "a")


def _by_prefix(claim: Word, source: Word) -> bool:
    """ "happy" and "unhappy": the same word but for a prefix that negates."""
    longer, shorter = (claim, source) if len(claim.text) > len(source.text) else (source, claim)
    if len(shorter.text) < 4:
        return False
    rest = longer.text[: len(longer.text) - len(shorter.text)]
    if rest in _NEGATIVE_PREFIXES and longer.text.endswith(shorter.text):
        return (rest != "a" and "a" in longer.parts | shorter.parts) or rest in ("un", "dis", "non")
    return False


def are_converse(claim: Word, source: Word) -> bool:
    """Whether the two name one relation seen from its two sides ("buy", "sell")."""
    left, right = claim.converses, source.converses
    return not (left.left.isdisjoint(right.right) and left.right.isdisjoint(right.left))
