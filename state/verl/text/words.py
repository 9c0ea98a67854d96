"""What is known of a word on its own: base forms, meanings, broader meanings, opposites.

Everything comes from WordNet and the word lists, and is kept for the next time the word is met.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

from state.verl.text import wordnet
from state.verl.text.lexicon import lists
from state.verl.text.wordnet import ADJECTIVE, ADVERB, NOUN, VERB, SynsetId

_PARTS = (NOUN, VERB, ADJECTIVE, ADVERB)
# How many of a word's meanings count: WordNet lists the commonest first (McCarthy et al. 2004,
# "Finding predominant word senses": the first sense is the right one most of the time).
_SENSES = {NOUN: 3, VERB: 4, ADJECTIVE: 3, ADVERB: 2}
_BROADER_SENSES = {NOUN: 2, VERB: 2}
_BROADER_STEPS = 6
# Lexicographer files (lexnames(5WN)) in which sisters exclude each other: animal, artifact, food,
# plant. People are left out: a singer may be an actor.
_KINDS_OF_THINGS = frozenset({5, 6, 13, 20})
# Above these everything meets: entity, object, act, state, ...
_TOO_BROAD_WORDS = frozenset(
    "entity|physical entity|abstraction|abstract entity|object|physical object|"
    "whole|unit|matter|thing|psychological feature|attribute|relation|"
    "causal agent|cause|causal agency|group|grouping|event|act|deed|"
    "human action|human activity|state|artifact|artefact|measure|quantity|"
    "amount|substance|change|make|move|be|have|act|create|get|"
    "change state|travel|go|instrumentality|instrumentation|content|communication"
    "|message|subject matter|activity|organism|being|living thing|animate thing"
    "|way|content|cognition|knowledge|noesis".split("|")
)


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...


@dataclass(slots=True, eq=False, frozen=True)
class Word:
    """A word form and what it may mean. ``meanings`` are synsets and groups of our own lists."""

    text: str
    lemmas: frozenset[str]
    stem: str
    parts: frozenset[str]
    likeliest_part: str
    is_proper: bool
    meanings: frozenset[object]
    broader: frozenset[SynsetId]
    own_synsets: frozenset[SynsetId]
    parents: frozenset[SynsetId]
    derived: frozenset[str]
    opposites: frozenset[str]
    sides: lists.Sides
    converses: lists.Sides
    exclusive: tuple[tuple[int, int], ...]

    @property
    def is_known(self) -> bool:
        return bool(self.parts)


@lru_cache(maxsize=16_384)
def word(text: str) -> Word:
    """Everything about a word in lower case; a collocation has spaces ("set up")."""
    key = text.replace(" ", "_")
    forms = {part: wordnet.base_forms(key, part) for part in _PARTS}
    weights = _weights(key, forms)
    lemmas = {form for found in forms.values() for form in found}
    lemmas.add(text)
    synsets: set[SynsetId] = set()
    broader: set[SynsetId] = set()
    opposites: set[str] = set()
    derived: set[str] = set()
    parents: set[SynsetId] = set()
    total = sum(weights.values()) or 1
    likeliest = max(weights, key=lambda part: weights[part]) if any(forms.values()) else ""
    for part, found in forms.items():
        if not found or weights[part] * 25 < total:
            continue  # "a can" among all the "can"
        for form in found[:2]:
            ids = wordnet.senses(form, part)
            synsets.update(ids[: _SENSES[part]])
            for identity in ids[: _BROADER_SENSES.get(part, 0)]:
                _climb(identity, broader, _BROADER_STEPS)
            opposites |= _opposites(form, ids[: _SENSES[part]])
            derived |= _derived(form, ids[: _SENSES[part]])
            if part == NOUN and ids and likeliest == NOUN:
                parents |= _parents(ids[0])
    of_kinds = _sides_of(lemmas, lists.kinds())
    named = synsets | {("kind", number) for number in of_kinds.left}
    broader |= {("kind", number) for number in of_kinds.right}
    groups = lists.synonym_groups()
    meanings: set[object] = set(synsets)
    for lemma in lemmas:
        meanings |= groups.get(lemma, frozenset())
    return Word(
        text,
        frozenset(lemmas),
        stem(text),
        frozenset(part for part, found in forms.items() if found),
        likeliest,
        _is_proper(text, forms, likeliest),
        frozenset(meanings),
        frozenset(broader),
        frozenset(named),
        frozenset(parents),
        frozenset(derived),
        frozenset(opposites),
        _sides_of(lemmas, lists.opposites()),
        _sides_of(lemmas, lists.converses()),
        _exclusive(text, lemmas),
    )


def _is_proper(text: str, forms: dict[str, tuple[str, ...]], likeliest: str) -> bool:
    """Whether the word is a name in its commonest meaning ("Paris", "German")."""
    if not likeliest or text not in forms[likeliest]:
        return False
    return text in wordnet.synset(wordnet.senses(text, likeliest)[0]).proper


def _exclusive(text: str, lemmas: set[str]) -> tuple[tuple[int, int], ...]:
    table = lists.exclusive()
    return tuple({place for lemma in (text, *sorted(lemmas)) for place in table.get(lemma, ())})


def _weights(key: str, forms: dict[str, tuple[str, ...]]) -> dict[str, int]:
    weights = {}
    for part, found in forms.items():
        counted = [wordnet.frequencies(form).get(part, 0) for form in found[:2]]
        weights[part] = max(counted, default=0) * 4 + (1 if found else 0)
    return weights


def _sides_of(lemmas: set[str], table: dict[str, lists.Sides]) -> lists.Sides:
    found = [table[lemma] for lemma in lemmas if lemma in table]
    if not found:
        return lists.NOWHERE
    if len(found) == 1:
        return found[0]
    return lists.Sides(
        frozenset().union(*(sides.left for sides in found)),
        frozenset().union(*(sides.right for sides in found)),
    )


@lru_cache(maxsize=32_768)
def stem(text: str) -> str:
    """Snowball's English stem (Porter 2001)."""
    return _stemmer().stemWord(text)


@cache
def _stemmer() -> _Stemmer:
    import snowballstemmer  # first use only: an idle worker need not carry it

    stemmer: _Stemmer = snowballstemmer.stemmer("english")
    return stemmer


def _climb(identity: SynsetId, found: set[SynsetId], steps: int) -> None:
    """The meanings above one, except those so broad that they say nothing."""
    if not steps:
        return
    for symbol, target, _, _ in wordnet.synset(identity).pointers:
        if symbol in ("@", "@i") and target not in found:
            if wordnet.synset(target).words[0] in _TOO_BROAD_WORDS:
                continue
            found.add(target)
            _climb(target, found, steps - 1)


def _parents(identity: SynsetId) -> set[SynsetId]:
    meaning = wordnet.synset(identity)
    if meaning.lexicographer_file not in _KINDS_OF_THINGS:
        return set()
    above = {target for symbol, target, _, _ in meaning.pointers if symbol == "@"}
    return {one for one in above if wordnet.synset(one).words[0] not in _TOO_BROAD_WORDS}


def _derived(form: str, ids: tuple[SynsetId, ...]) -> set[str]:
    """Words of another part of speech made from this one: "die", "death"; "French", "France"."""
    found: set[str] = set()
    for identity in ids:
        meaning = wordnet.synset(identity)
        for symbol, target, here, there in meaning.pointers:
            if symbol in ("+", "\\") and here and meaning.words[here - 1] == form:
                found.add(wordnet.synset(target).words[there - 1])
    return found


def _opposites(form: str, ids: tuple[SynsetId, ...]) -> set[str]:
    """Direct antonyms, and those of the adjective that heads a cluster of similar ones."""
    found: set[str] = set()
    for rank, identity in enumerate(ids):
        meaning = wordnet.synset(identity)
        for symbol, target, source_word, target_word in meaning.pointers:
            if symbol == "!" and source_word and meaning.words[source_word - 1] == form:
                found.add(wordnet.synset(target).words[target_word - 1])
            elif symbol == "&" and rank == 0:
                head = wordnet.synset(target)
                found.update(
                    wordnet.synset(other).words[there - 1]
                    for mark, other, here, there in head.pointers
                    if mark == "!" and here
                )
    return found
