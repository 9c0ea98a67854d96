"""Quantifiers, and which of them entail or exclude each other (Barwise & Cooper 1981)."""

from enum import StrEnum

from state.verl.text.intervals import Fit
from state.verl.text.tokens import Token


class Quantifier(StrEnum):
    ALL = "all"
    MOST = "most"
    MANY = "many"
    SOME = "some"
    FEW = "few"
    NONE = "none"
    NOT_ALL = "not all"


_WORDS = {
    "all": Quantifier.ALL, "every": Quantifier.ALL, "each": Quantifier.ALL,
    "always": Quantifier.ALL, "everyone": Quantifier.ALL,
    "everybody": Quantifier.ALL, "entirely": Quantifier.ALL,
    "most": Quantifier.MOST, "usually": Quantifier.MOST, "majority": Quantifier.MOST,
    "mostly": Quantifier.MOST, "generally": Quantifier.MOST, "typically": Quantifier.MOST,
    "many": Quantifier.MANY, "often": Quantifier.MANY, "frequently": Quantifier.MANY,
    "numerous": Quantifier.MANY,
    "some": Quantifier.SOME, "sometimes": Quantifier.SOME, "several": Quantifier.SOME,
    "occasionally": Quantifier.SOME, "certain": Quantifier.SOME, "partially": Quantifier.SOME,
    "partly": Quantifier.SOME,
    "few": Quantifier.FEW, "rarely": Quantifier.FEW, "seldom": Quantifier.FEW,
    "minority": Quantifier.FEW, "hardly": Quantifier.FEW,
}  # fmt: skip
_ENTAILED = {
    Quantifier.ALL: {Quantifier.ALL, Quantifier.MOST, Quantifier.MANY, Quantifier.SOME},
    Quantifier.MOST: {Quantifier.MOST, Quantifier.MANY, Quantifier.SOME},
    Quantifier.MANY: {Quantifier.MANY, Quantifier.SOME},
    Quantifier.SOME: {Quantifier.SOME},
    Quantifier.FEW: {Quantifier.FEW, Quantifier.NOT_ALL},
    Quantifier.NONE: {Quantifier.NONE, Quantifier.NOT_ALL, Quantifier.FEW},
    Quantifier.NOT_ALL: {Quantifier.NOT_ALL},
}
_EXCLUDED = {
    Quantifier.ALL: {Quantifier.NONE, Quantifier.FEW, Quantifier.NOT_ALL},
    Quantifier.MOST: {Quantifier.NONE, Quantifier.FEW},
    Quantifier.MANY: {Quantifier.NONE, Quantifier.FEW},
    Quantifier.SOME: {Quantifier.NONE},
    Quantifier.FEW: {Quantifier.ALL, Quantifier.MOST, Quantifier.MANY},
    Quantifier.NONE: {Quantifier.ALL, Quantifier.MOST, Quantifier.MANY, Quantifier.SOME},
    Quantifier.NOT_ALL: {Quantifier.ALL},
}


def compare(claim: Quantifier, source: Quantifier) -> Fit:
    """How the source's quantifier fits the claim's."""
    if claim in _ENTAILED[source]:
        return Fit.WITHIN
    return Fit.APART if claim in _EXCLUDED[source] else Fit.OVERLAPS


def _is_plural(tokens: list[Token], position: int) -> bool:
    return position < len(tokens) and tokens[position].lower.endswith("s")


def find_quantifiers(tokens: list[Token]) -> dict[int, Quantifier]:
    """The quantifiers of a sentence by the place of the word."""
    found: dict[int, Quantifier] = {}
    for position, token in enumerate(tokens):
        quantifier = _WORDS.get(token.lower)
        if quantifier is None:
            continue
        before = tokens[position - 1].lower if position else ""
        after = tokens[position + 1].lower if position + 1 < len(tokens) else ""
        if token.lower == "most" and before in ("the", "at", "his", "her", "its", "their"):
            continue  # a superlative
        if (
            token.lower == "most"
            and after
            and tokens[position + 1].kind == "word"
            and before in ("", "is", "was", "are")
            and after.endswith(("ful", "ous", "ive", "ant", "able", "ed"))
            and not (before == "" and _is_plural(tokens, position + 2))
        ):
            continue
        if token.lower == "many" and before in ("as", "how", "so"):
            continue
        if token.lower == "few" and before == "a":
            quantifier = Quantifier.SOME
        if token.lower == "all" and (before in ("at", "after", "of") or after == "-"):
            continue
        if before == "not" and quantifier is Quantifier.ALL:
            quantifier = Quantifier.NOT_ALL
        found[position] = quantifier
    return found
