"""Aligns a claim's words with a source sentence's (MacCartney et al. 2008).

Each content word of the claim gets the source's word that stands in the strongest relation to it;
of equals, the one nearest to where the neighbours went.
"""

from dataclasses import dataclass, field

from state.verl.text.relations import AGREEING, STRENGTH, Relation, relation
from state.verl.text.sentence import Sentence
from state.verl.text.tagging import Tag
from state.verl.text.words import Word

# A name is not met by another of its kind: Rome is not Paris because both are cities.
_NOT_OF_NAMES = frozenset({Relation.SPECIFIC, Relation.SISTER, Relation.GENERAL})
_NOUN_AND_VERB = {Tag.NOUN, Tag.VERB}
CONTEXT_SHARE = 0.9
LIFE_EVENTS = frozenset({"born", "birth", "bear", "die", "died", "death"})


@dataclass(slots=True)
class Match:
    """One word of the claim and what it met; ``source`` is -1 for a word of the context."""

    claim: int
    source: int
    relation: Relation

    @property
    def agrees(self) -> bool:
        return self.relation in AGREEING


@dataclass(slots=True)
class Alignment:
    """A claim laid beside a sentence."""

    claim: Sentence
    source: Sentence
    matches: dict[int, Match] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    from_context: set[int] = field(default_factory=set)

    def target(self, position: int) -> int:
        """Where a word of the claim is in the source, or -1."""
        match = self.matches.get(position)
        return match.source if match is not None else -1


def align(claim: Sentence, source: Sentence, context: tuple[Sentence, ...] = ()) -> Alignment:
    """The claim beside one sentence; a name or noun missing there may stand in its context."""
    alignment = Alignment(claim, source)
    by_text = _index(source)
    named = _align_names(claim, source)
    taken = _taken(claim, by_text)
    last = -1
    for position in claim.content:
        word = claim.words[position]
        assert word is not None, "content words are known"
        if position in named:
            last = named[position]
            alignment.matches[position] = Match(position, last, Relation.SAME)
            continue
        match = _best(claim, source, position, word, by_text, taken, last)
        if match is not None and match.relation is not Relation.NONE:
            alignment.matches[position] = match
            last = match.source
        else:
            alignment.missing.append(position)
    if source.life is not None:
        _add_life(alignment)
    for sentence in context:
        _look_in(alignment, sentence)
    return alignment


def _align_names(claim: Sentence, source: Sentence) -> dict[int, int]:
    """Names go as wholes: "Mount Elgon" to the name that has most of its words, the last first."""
    found: dict[int, int] = {}
    for first, last in claim.names:
        if first == last:
            continue
        best: dict[int, int] = {}
        best_rank = (0.0, 0)
        for begin, end in source.names:
            there = {source.tokens[at].lower: at for at in range(begin, end + 1)}
            shared = {
                at: there[claim.tokens[at].lower]
                for at in range(first, last + 1)
                if at in claim.weights and claim.tokens[at].lower in there
            }
            rank = (len(shared) + (0.5 if last in shared else 0.0), -begin)
            if shared and rank > best_rank:
                best, best_rank = shared, rank
        found.update(best)
    return found


def _add_life(alignment: Alignment) -> None:
    """ "(1950 – 2010)" after a name says that somebody was born and died."""
    for position in list(alignment.missing):
        word = alignment.claim.words[position]
        if word is not None and not word.lemmas.isdisjoint(LIFE_EVENTS):
            alignment.missing.remove(position)
            alignment.matches[position] = Match(position, -1, Relation.SAME)


def _index(source: Sentence) -> dict[str, list[int]]:
    by_text: dict[str, list[int]] = {}
    for position in source.content:
        word = source.words[position]
        if word is not None:
            by_text.setdefault(word.text, []).append(position)
    return by_text


def _taken(claim: Sentence, by_text: dict[str, list[int]]) -> frozenset[int]:
    """What the claim has word for word, and only once: it is met there, and stands for no other."""
    return frozenset(
        by_text[word.text][0]
        for word in (claim.words[position] for position in claim.content)
        if word is not None and len(by_text.get(word.text, ())) == 1
    )


def _best(
    claim: Sentence,
    source: Sentence,
    position: int,
    word: Word,
    by_text: dict[str, list[int]],
    taken: frozenset[int],
    last: int,
) -> Match | None:
    same = by_text.get(word.text)
    is_name = claim.tags[position] is Tag.NAME
    if same:
        if is_name and len(same) > 1:
            same = _as_whole(claim, position, source, same)
        return Match(position, _nearest(same, last), Relation.SAME)
    best, best_rank = None, (0.0, 0.0)
    for other in source.content:
        if other in taken:
            continue
        candidate = source.words[other]
        assert candidate is not None
        found = relation(word, candidate)
        if found is Relation.NONE:
            continue
        if is_name and (
            found is Relation.GENERAL or (source.tags[other] is Tag.NAME and found in _NOT_OF_NAMES)
        ):
            continue
        parts = {claim.tags[position], source.tags[other]}
        if parts == _NOUN_AND_VERB and found in _NOT_OF_NAMES:
            continue
        strength = STRENGTH[found] + (0.2 if found in AGREEING else 0.0)
        if found in AGREEING and claim.tags[position] != source.tags[other]:
            strength -= 0.05
        rank = (strength, -abs(other - last))
        if rank > best_rank:
            best, best_rank = Match(position, other, found), rank
    if best is None and is_name:
        acronym = _acronym(claim, source, position)
        if acronym >= 0:
            return Match(position, acronym, Relation.SYNONYM)
    return best


def _as_whole(claim: Sentence, position: int, source: Sentence, same: list[int]) -> list[int]:
    """Of several places of a name those where it is a whole name too, not a part of another."""
    if (position, position) not in claim.names:
        return same
    return [other for other in same if (other, other) in source.names] or same


def _nearest(positions: list[int], last: int) -> int:
    if len(positions) == 1:
        return positions[0]
    return min(positions, key=lambda position: (abs(position - last - 1), position))


def _acronym(claim: Sentence, source: Sentence, position: int) -> int:
    """ "WHO" for "World Health Organization", either way round."""
    text = claim.tokens[position].text
    if text.isupper() and len(text) > 1:
        for first, last in source.names:
            if _initials(source, first, last) == text:
                return first
        return -1
    for first, last in claim.names:
        if first <= position <= last and last > first:
            initials = _initials(claim, first, last)
            for other in source.content:
                if source.tokens[other].text == initials:
                    return other
    return -1


def _initials(sentence: Sentence, first: int, last: int) -> str:
    return "".join(
        token.text[0] for token in sentence.tokens[first : last + 1] if token.is_capitalised
    )


def _look_in(alignment: Alignment, sentence: Sentence) -> None:
    """What the sentence before or the topic already said: "It was founded in 1990."""
    by_text = _index(sentence)
    still: list[int] = []
    verb = next(iter(alignment.claim.verbs), len(alignment.claim.tokens))
    is_turned = _is_turned(alignment, verb)
    for position in alignment.missing:
        word = alignment.claim.words[position]
        assert word is not None
        tag = alignment.claim.tags[position]
        found = None
        if tag in (Tag.NAME, Tag.NOUN) and (position < verb or is_turned):
            found = _best(alignment.claim, sentence, position, word, by_text, frozenset(), -1)
        if found is not None and found.agrees:
            alignment.matches[position] = Match(position, -1, found.relation)
            alignment.from_context.add(position)
        else:
            still.append(position)
    alignment.missing = still


def _is_turned(alignment: Alignment, verb: int) -> bool:
    """ "Tillman wrote the film", "it was written by Tillman": the object is their subject."""
    claim, source, target = alignment.claim, alignment.source, alignment.target(verb)
    if target < 0 or source.tokens[0].lower not in ("it", "they", "he", "she", "this"):
        return False
    return not claim.is_passive(verb) and source.is_passive(target)


def coverage(alignment: Alignment, without: set[int] | frozenset[int] = frozenset()) -> float:
    """The share of the claim's weight that the source has, words of ``without`` left aside."""
    total = met = 0.0
    for position in alignment.claim.content:
        if position in without:
            continue
        weight = alignment.claim.weights[position]
        total += weight
        match = alignment.matches.get(position)
        if match is not None:
            share = CONTEXT_SHARE if position in alignment.from_context else 1.0
            met += weight * STRENGTH[match.relation] * share
    return met / total if total else 1.0
