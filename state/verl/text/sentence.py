"""A sentence with all that was found in it."""

from dataclasses import dataclass, field

from state.verl.text.dates import When
from state.verl.text.modality import Modality
from state.verl.text.negation import Negation
from state.verl.text.quantifiers import Quantifier
from state.verl.text.quantity import Quantity
from state.verl.text.stopwords import PREPOSITIONS
from state.verl.text.tagging import Tag
from state.verl.text.tokens import Token
from state.verl.text.words import Word


@dataclass(slots=True)
class Sentence:
    """A sentence with its tokens and what was found in them. Places are indices of tokens."""

    text: str
    start: int
    end: int
    tokens: list[Token]
    words: list[Word | None]
    tags: list[Tag]
    dates: list[When]
    quantities: list[Quantity]
    negation: Negation
    modality: list[Modality]
    quantifiers: dict[int, Quantifier]
    content: list[int] = field(default_factory=list)
    weights: dict[int, float] = field(default_factory=dict)
    verbs: list[int] = field(default_factory=list)
    clauses: list[int] = field(default_factory=list)
    names: list[tuple[int, int]] = field(default_factory=list)
    spans: set[int] = field(default_factory=set)
    life: tuple[When, When] | None = None

    def verb_of(self, position: int) -> int:
        """The verb a place belongs to: the last one before it in its clause, else the next."""
        clause = self.clauses[position] if position < len(self.clauses) else -1
        last = -1
        for verb in self.verbs:
            if self.clauses[verb] != clause:
                continue
            if verb > position:
                return last if last >= 0 else verb
            last = verb
        return last

    def preposition_of(self, position: int) -> str:
        """The preposition that leads the phrase of a place, or an empty text."""
        for before in range(position - 1, max(position - 6, -1), -1):
            if self.tokens[before].lower in PREPOSITIONS:
                return self.tokens[before].lower
            if before in self.verbs or self.tokens[before].lower in (",", ";", "and", "that"):
                return ""
        return ""

    def is_passive(self, verb: int) -> bool:
        """ "was won by", "is held", "a film directed by"."""
        if self.tags[verb] is not Tag.VERB or self.tokens[verb].lower.endswith("ing"):
            return False
        for before in range(verb - 1, max(verb - 4, -1), -1):
            lower = self.tokens[before].lower
            if lower in ("was", "were", "is", "are", "been", "being", "be", "get", "got"):
                return True
            if self.tags[before] in (Tag.NOUN, Tag.NAME, Tag.VERB):
                break
        after = [token.lower for token in self.tokens[verb + 1 : verb + 6]]
        if "by" not in after or after[0] not in PREPOSITIONS:
            return False
        by = verb + 1 + after.index("by")
        return self.spans.isdisjoint((by + 1, by + 2))  # "fell by a third" has no agent

    def subjects_of(self, verb: int) -> list[int]:
        """The names that the verb's subject holds; "to win" has that of the verb before it."""
        clause = self.clauses[verb]
        earlier = [one for one in self.verbs if one < verb and self.clauses[one] == clause]
        if earlier:
            return self.subjects_of(earlier[0])
        return [
            at
            for first, last in self.names
            for at in range(first, last + 1)
            if last < verb and self.clauses[first] == clause and not self.preposition_of(first)
        ]
