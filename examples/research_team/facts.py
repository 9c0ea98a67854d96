"""Takes from passages the sentences that say something about a question."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .index import Hit, Index
from .terms import terms, words

SENTENCE_END = re.compile(r"\n+|(?<=[.!?])\s+(?=[A-Z\"'(`])")
FEWEST_WORDS, MOST_WORDS = 6, 60
LEAST_LETTERS = 0.8  # of its characters; tables and code have fewer
# A sentence must touch this share of the question's weight to count as a fact about it.
LEAST_RELEVANCE = 0.3
SAME_SENTENCE = 0.8


@dataclass(frozen=True)
class Fact:
    """A sentence, where it stands, and how much of the question it touches (0 to 1)."""

    content: str
    source: str
    relevance: float

    def id_in(self, research_id: str) -> str:
        """The same sentence of the same source has the same id, so a retry adds nothing."""
        digest = hashlib.sha256(f"{self.source}\n{self.content}".encode()).hexdigest()
        return f"{research_id}:fact-{digest[:12]}"


def sentences(text: str) -> list[str]:
    """The whole sentences of a text: no fragments, tables or lists of names."""
    found = []
    for sentence in SENTENCE_END.split(text):
        length = len(words(sentence))
        letters = sum(character.isalpha() or character.isspace() for character in sentence)
        is_whole = sentence[:1].isupper() and sentence.rstrip("\"')").endswith((".", "!"))
        is_prose = letters >= LEAST_LETTERS * len(sentence)
        if is_whole and is_prose and FEWEST_WORDS <= length <= MOST_WORDS:
            found.append(sentence)
    return found


def relevance(sentence: str, question: Sequence[str], index: Index, heading: str = "") -> float:
    """The share of the question's terms, by weight, that the sentence or its heading has."""
    wanted = {term: index.weight(term) for term in set(question)}
    total = sum(wanted.values())
    if not total:
        return 0.0
    present = set(terms(sentence))
    below = set(terms(heading))
    score = sum(
        weight if term in present else weight / 2 if term in below else 0.0
        for term, weight in wanted.items()
    )
    return score / total


def extract_facts(hits: Iterable[Hit], question: Sequence[str], index: Index) -> list[Fact]:
    """Facts about the question from the passages found, the most relevant first."""
    found = []
    for hit in hits:
        passage = hit.passage
        for sentence in sentences(passage.text):
            if not set(terms(sentence)) & set(question):
                continue
            score = relevance(sentence, question, index, f"{passage.heading} {passage.source}")
            if score >= LEAST_RELEVANCE:
                found.append(Fact(sentence, passage.source, round(score, 3)))
    return without_repeats(sorted(found, key=lambda fact: (-fact.relevance, fact.content)))


def without_repeats(facts: Iterable[Fact]) -> list[Fact]:
    """Drop what says the same in nearly the same words: copies are no second evidence."""
    kept: list[tuple[set[str], Fact]] = []
    for fact in facts:
        said = set(terms(fact.content))
        if all(overlap(said, other) < SAME_SENTENCE for other, _ in kept):
            kept.append((said, fact))
    return [fact for _, fact in kept]


def overlap(left: set[str], right: set[str]) -> float:
    """Jaccard similarity: what two sets share of all they have."""
    return len(left & right) / len(left | right) if left or right else 0.0
