"""What is known of a word on its own: base forms, meanings, broader meanings, opposites.

Everything comes from WordNet and the word lists, and is kept for the next time the word is met.
"""

from collections.abc import Iterator
from functools import cache, cached_property, lru_cache
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


class Word:
    """A word form and what it may mean. ``meanings`` are synsets and groups of our own lists; what
    is seldom asked for is found when it is.
    """

    def __init__(self, text: str, forms: dict[str, tuple[str, ...]]) -> None:
        self.text = text
        self._forms = forms
        self.parts = frozenset(part for part, found in forms.items() if found)
        self.lemmas = frozenset({text, *(form for found in forms.values() for form in found)})
        self.stem = stem(text)
        weights = _weights(forms)
        total = sum(weights.values()) or 1
        self.likeliest_part = max(weights, key=lambda part: weights[part]) if self.parts else ""
        # Among all the "can" there are few "a can": a rare part of speech does not count.
        self._likely = [part for part in self.parts if weights[part] * 25 >= total]
        synsets = {one for ids in self._ids(_SENSES) for one in ids}
        groups = lists.synonym_groups()
        self.meanings: frozenset[object] = frozenset(synsets).union(
            *(groups.get(lemma, ()) for lemma in self.lemmas)
        )
        self._synsets = synsets

    def _ids(self, most: dict[str, int]) -> Iterator[tuple[SynsetId, ...]]:
        """The commonest meanings of each base form."""
        for part in self._likely:
            for form in self._forms[part][:2]:
                yield wordnet.senses(form, part)[: most.get(part, 0)]

    def _named_ids(self) -> Iterator[tuple[str, tuple[SynsetId, ...]]]:
        for part in self._likely:
            for form in self._forms[part][:2]:
                yield form, wordnet.senses(form, part)[: _SENSES[part]]

    @cached_property
    def is_proper(self) -> bool:
        """Whether the word is a name in its commonest meaning ("Paris", "German")."""
        part = self.likeliest_part
        if not part or self.text not in self._forms[part]:
            return False
        return self.text in wordnet.synset(wordnet.senses(self.text, part)[0]).proper

    @cached_property
    def own_synsets(self) -> frozenset[object]:
        """What is true of whatever is more special."""
        kinds = _sides_of(self.lemmas, lists.kinds()).left
        return frozenset(self._synsets) | {("kind", number) for number in kinds}

    @cached_property
    def broader(self) -> frozenset[object]:
        """The meanings above the word's own."""
        found: set[SynsetId] = set()
        for ids in self._ids(_BROADER_SENSES):
            for identity in ids:
                _climb(identity, found, _BROADER_STEPS)
        kinds = _sides_of(self.lemmas, lists.kinds()).right
        return frozenset(found) | {("kind", number) for number in kinds}

    @property
    def broader_nouns(self) -> Iterator[SynsetId]:
        """Those of them that are nouns of WordNet."""
        found: set[SynsetId] = set()
        for identity in (one for one in self._synsets if one[0] == NOUN):
            _climb(identity, found, _BROADER_STEPS)
        return iter(found)

    @cached_property
    def parents(self) -> frozenset[SynsetId]:
        """What a thing is a kind of, when its sisters exclude each other."""
        if self.likeliest_part != NOUN:
            return frozenset()
        return frozenset(
            one for form in self._forms[NOUN][:2] for one in _parents(wordnet.senses(form, NOUN)[0])
        )

    @cached_property
    def derived(self) -> frozenset[str]:
        """Words of another part of speech made from this one: "die" and "death"."""
        return frozenset(one for form, ids in self._named_ids() for one in _derived(form, ids))

    @cached_property
    def opposites(self) -> frozenset[str]:
        """Antonyms by WordNet."""
        return frozenset(one for form, ids in self._named_ids() for one in _opposites(form, ids))

    @cached_property
    def sides(self) -> lists.Sides:
        """On which sides of our own opposites the word stands."""
        return _sides_of(self.lemmas, lists.opposites())

    @cached_property
    def converses(self) -> lists.Sides:
        """On which sides of mirrored relations the word stands."""
        return _sides_of(self.lemmas, lists.converses())

    @cached_property
    def exclusive(self) -> tuple[tuple[int, int], ...]:
        """The exclusive sets the word is in, with its place there."""
        table = lists.exclusive()
        return tuple({index for lemma in sorted(self.lemmas) for index in table.get(lemma, ())})


@lru_cache(maxsize=16_384)
def word(text: str) -> Word:
    """Everything about a word in lower case; a collocation has spaces ("set up")."""
    key = text.replace(" ", "_")
    return Word(text, {part: wordnet.base_forms(key, part) for part in _PARTS})


def _weights(forms: dict[str, tuple[str, ...]]) -> dict[str, int]:
    weights = {}
    for part, found in forms.items():
        counted = [wordnet.frequencies(form).get(part, 0) for form in found[:2]]
        weights[part] = max(counted, default=0) * 4 + (1 if found else 0)
    return weights


def _sides_of(lemmas: frozenset[str], table: dict[str, lists.Sides]) -> lists.Sides:
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
