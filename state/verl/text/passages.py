"""A source text, cut into analysed sentences, and the search for those that bear on a claim.

Ranking is BM25 (Robertson & Zaragoza 2009) over stems, with synonyms counted as occurrences, as
FEVER's baselines pick sentences (Thorne et al. 2018).
"""

import math
from collections import Counter
from heapq import nsmallest

from state.verl.text.analysis import analyse
from state.verl.text.sentence import Sentence
from state.verl.text.sentences import sentences
from state.verl.text.tagging import Tag

_SATURATION, _LENGTH_SHARE = 1.2, 0.4
_MEANING_SHARE = 0.6
_MOST_LOOKED_AT = 2000


class Source:
    """The sentences of a text, with an index from stems and meanings to sentences."""

    __slots__ = ("_lengths", "_mean", "_meanings", "_stems", "_verbatim", "sentences", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.sentences = [analyse(text, span.start, span.end) for span in sentences(text)]
        self._verbatim = {
            _bare(text[one.start : one.end]): number for number, one in enumerate(self.sentences)
        }
        self._stems: dict[str, dict[int, int]] = {}
        self._meanings: dict[object, set[int]] = {}
        self._lengths = [max(1, len(sentence.content)) for sentence in self.sentences]
        self._mean = sum(self._lengths) / max(1, len(self._lengths))
        for number, sentence in enumerate(self.sentences):
            for stem, count in Counter(_keys(sentence)).items():
                self._stems.setdefault(stem, {})[number] = count
            for position in sentence.content:
                word = sentence.words[position]
                if word is not None:
                    for meaning in word.meanings:
                        self._meanings.setdefault(meaning, set()).add(number)

    def verbatim(self, claim: str) -> int:
        """The number of the sentence that is the claim, word for word, or -1."""
        return self._verbatim.get(_bare(claim), -1)

    def stems(self) -> set[str]:
        """The stems and figures that occur."""
        return set(self._stems)

    def candidates(self, claim: Sentence, limit: int) -> list[int]:
        """The numbers of the sentences that share most with the claim, the best first."""
        scores: dict[int, float] = {}
        total, looked_at = len(self.sentences), 0
        known = [self._stems[stem] for stem in set(_keys(claim)) if stem in self._stems]
        for found in sorted(known, key=len):
            if looked_at and looked_at + len(found) > _MOST_LOOKED_AT:
                break  # what stands in thousands of sentences picks none of them
            looked_at += len(found)
            rarity = math.log(1 + (total - len(found) + 0.5) / (len(found) + 0.5)) + 0.2
            for number, count in found.items():
                length = 1 - _LENGTH_SHARE + _LENGTH_SHARE * self._lengths[number] / self._mean
                gain = count * (_SATURATION + 1) / (count + _SATURATION * length)
                scores[number] = scores.get(number, 0.0) + rarity * gain
        for position in claim.content:
            word = claim.words[position]
            if word is None or word.stem in self._stems or claim.tags[position] is Tag.NAME:
                continue
            for number in {
                one for meaning in word.meanings for one in self._meanings.get(meaning, ())
            }:
                scores[number] = scores.get(number, 0.0) + _MEANING_SHARE
        return nsmallest(limit, scores, key=lambda number: (-scores[number], number))


def _bare(sentence: str) -> str:
    return " ".join(sentence.casefold().split()).rstrip(".!? ")


def _keys(sentence: Sentence) -> list[str]:
    keys = []
    for position in sentence.content:
        word = sentence.words[position]
        if word is not None:
            keys.append(word.stem)
    keys.extend(str(quantity.value) for quantity in sentence.quantities)
    keys.extend(f"year {when.year}" for when in sentence.dates if when.year)
    return keys
