"""Finds the passages that answer a query best.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009), with the usual k1 = 1.2 and b = 0.75.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .corpus import Passage
from .terms import stem, terms, words

K1 = 1.2
B = 0.75
HEADING_WEIGHT = 2


@dataclass(frozen=True)
class Hit:
    """A passage with its BM25 score."""

    passage: Passage
    score: float


class Index:
    """An inverted index over passages, in memory."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = passages
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        self._spellings: dict[str, str] = {}
        for number, passage in enumerate(passages):
            for word in words(passage.text):
                self._spellings.setdefault(stem(word), word)
            counts = Counter(terms(passage.text))
            for term in terms(passage.heading):
                counts[term] += HEADING_WEIGHT
            for term, count in counts.items():
                self._postings[term].append((number, count))
            self._lengths.append(counts.total())
        self._average_length = sum(self._lengths) / max(1, len(self._lengths))

    def spell(self, query: Iterable[str]) -> str:
        """A query for people to read: a word of the text for each stem."""
        return " ".join(self._spellings.get(term, term) for term in dict.fromkeys(query))

    def weight(self, term: str) -> float:
        """The inverse document frequency: how much a term tells; 0 when no passage has it."""
        occurrences = len(self._postings.get(term, ()))
        if not occurrences:
            return 0.0
        return math.log(1 + (len(self.passages) - occurrences + 0.5) / (occurrences + 0.5))

    def search(self, query: Iterable[str], limit: int) -> list[Hit]:
        """The best passages for these terms (repeat a term to make it count more)."""
        scores: dict[int, float] = defaultdict(float)
        for term, repeats in Counter(query).items():
            weight = self.weight(term) * repeats
            for number, count in self._postings.get(term, ()):
                length = self._lengths[number] / self._average_length
                scores[number] += weight * count * (K1 + 1) / (count + K1 * (1 - B + B * length))
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
        return [Hit(self.passages[number], score) for number, score in best]

    def expand(self, query: Sequence[str], hits: Sequence[Hit], count: int) -> list[str]:
        """Terms that the best passages share and the query lacks (pseudo-relevance feedback).

        A term must stand in two of the passages: one that a single passage repeats says what
        that passage is about, not what the question is about.
        """
        known = set(query)
        found_in: Counter[str] = Counter()
        scores: dict[str, float] = defaultdict(float)
        for hit in hits:
            counts = Counter(terms(hit.passage.text))
            for term, repeats in counts.items():
                if term not in known and not term.isdigit():
                    found_in[term] += 1
                    scores[term] += self.weight(term) * math.log1p(repeats) * hit.score
        ranked = sorted(scores, key=lambda term: (-scores[term], term))
        return [term for term in ranked if found_in[term] > 1][:count]
