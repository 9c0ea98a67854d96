"""Measures how a text is evidenced: sources, specifics, hedges. Never how long it is.

The factors are shares of sentences, after what readers go by when they rate credibility (hedges and
attribution: Farkas et al. 2010, CoNLL shared task; specificity: Louis & Nenkova 2011).
"""

import re
from typing import NamedTuple

from state.verl.text.passages import Source
from state.verl.text.sentence import Sentence
from state.verl.text.tagging import Tag

_NAME = r"\s+[^\s,.]+(?:\s+[A-Z][^\s,.]*)*"
_CITATION = re.compile(
    r"https?://[^\s)\]]+|\bdoi:\s*\S+|\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\]"
    r"|\([^()]{0,60}\b(?:19|20)\d\d[a-z]?\)|\baccording to" + _NAME + "|"
    r"\b(?:reported|published|stated|measured|confirmed|announced|found|cited) (?:by|in)"
    + _NAME
    + r"|\bsource:\s*\S+|\bRFC ?\d+|\bet al\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|presumably|apparently|seemingly|might|could|may|"
    r"seems?|appears?|likely|unlikely|roughly speaking|i think|i believe|i guess|we believe|"
    r"not sure|unclear|uncertain|allegedly|reportedly|rumou?red|supposedly|somewhat|sort of|"
    r"kind of|in my opinion|unverified|unconfirmed|unknown)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:some people|many people|everyone knows|experts say|studies show|it is said|people say|"
    r"a lot of|lots of|various|things?|stuff|somehow|something|obviously|clearly|of course)\b",
    re.IGNORECASE,
)


class Factor(NamedTuple):
    """A factor 0–1, and the words of the text that moved it."""

    score: float
    words: tuple[str, ...]


def sourcing(text: str, source: Source) -> Factor:
    """The share of sentences with a citation, link or attribution, full at every second one."""
    found = [match.group().strip() for match in _CITATION.finditer(text)]
    sentences = max(1, len(source.sentences))
    return Factor(min(1.0, 2 * len(found) / sentences), tuple(found))


def specificity(source: Source) -> Factor:
    """The share of sentences that name a number, a date or a name."""
    words: list[str] = []
    specific = 0.0
    for sentence in source.sentences:
        here = _specifics(sentence)
        words.extend(here[:2])
        specific += min(1.0, len(here) / 2)
    return Factor(specific / max(1, len(source.sentences)), tuple(words))


def _specifics(sentence: Sentence) -> list[str]:
    found = [quantity.text for quantity in sentence.quantities]
    found += [when.text for when in sentence.dates]
    found += [
        sentence.text[sentence.tokens[first].start : sentence.tokens[last].end]
        for first, last in sentence.names
        if any(sentence.tags[at] is Tag.NAME for at in range(first, last + 1))
    ]
    return found


def certainty(text: str, source: Source) -> Factor:
    """1 without hedges and vague words, less for every sentence that has some."""
    found = [match.group() for match in _HEDGE.finditer(text)]
    found += [match.group() for match in _VAGUE.finditer(text)]
    share = len(found) / max(1, len(source.sentences))
    return Factor(max(0.0, 1 - 0.75 * min(1.0, share)), tuple(dict.fromkeys(found)))
