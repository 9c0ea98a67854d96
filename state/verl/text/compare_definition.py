"""Compares what a thing is said to be: "is an accountant" against "is a singer and actress".

Who is introduced as one thing is not introduced as another of the same sort; FEVER's annotators
refute such claims (Thorne et al. 2018, guidelines). Only sentences that define are compared: the
same subject, a form of "be", an indefinite article.
"""

from state.verl.text import wordnet
from state.verl.text.alignment import Alignment
from state.verl.text.findings import Effect, Findings
from state.verl.text.sentence import Sentence
from state.verl.text.tagging import Tag
from state.verl.text.words import Word

# Lexicographer files (lexnames(5WN)): artifact, communication, group, location, person.
_SORTS = frozenset({6, 10, 14, 15, 18})
_PERSON = 18
# A vegan may be an actress; an accountant would have been called one.
_OCCUPATIONS = frozenset(
    """
    worker professional entertainer performer creator leader scientist expert contestant official
    scholar athlete intellectual businessperson serviceman
    """.split()
)
_WEIGHT = 0.8
_BE = ("is", "was", "are", "were")


def compare_definitions(alignment: Alignment, findings: Findings) -> None:
    """Adds a conflict when both sentences define the subject, as different things of one sort."""
    claim, source = alignment.claim, alignment.source
    mine, theirs = _defined_as(claim), _defined_as(source)
    if not mine or not theirs or not _same_subject(alignment, mine[0]):
        return
    head = mine[-1]
    match = alignment.matches.get(head)
    if match is not None or claim.tags[head] is not Tag.NOUN:
        return
    sort = _sort(claim.words[head])
    rivals = [index for index in theirs if _sort(source.words[index]) == sort]
    if sort == _PERSON:
        rivals = [index for index in rivals if _is_occupation(source.words[index])]
        if not _is_occupation(claim.words[head]):
            return
    if sort not in _SORTS or not rivals:
        return
    there = ", ".join(source.tokens[index].text for index in rivals[:3])
    findings.add(
        Effect.CONFLICTS,
        "antonym",
        f"the claim says “{claim.tokens[head].text}”, the source “{there}”",
        tuple(mine),
        _WEIGHT,
    )


def _defined_as(sentence: Sentence) -> list[int]:
    """The content words of the noun phrase after "is a"; empty for any other sentence."""
    for at, token in enumerate(sentence.tokens[:-2]):
        if token.lower in _BE and sentence.tokens[at + 1].lower in ("a", "an"):
            return _phrase(sentence, at + 2)
    return []


def _phrase(sentence: Sentence, start: int) -> list[int]:
    found = []
    for at in range(start, len(sentence.tokens)):
        lower = sentence.tokens[at].lower
        if at in sentence.weights and sentence.tags[at] is not Tag.VERB:
            found.append(at)
        elif lower not in (",", "and", "-", "a", "an") and at not in sentence.spans:
            break
    return found


def _same_subject(alignment: Alignment, phrase: int) -> bool:
    claim, source = alignment.claim, alignment.source
    subject = [index for index in claim.content if index < phrase]
    first = next(iter(source.verbs), 0)
    return bool(subject) and all(
        index in alignment.matches and alignment.target(index) < max(first, 0) + 1
        for index in subject
    )


def _is_occupation(word: Word | None) -> bool:
    return word is not None and any(
        not _OCCUPATIONS.isdisjoint(wordnet.synset(one).words) for one in word.broader_nouns
    )


def _sort(word: Word | None) -> int:
    """The lexicographer file of a noun's commonest meaning, or -1."""
    if word is None:
        return -1
    for lemma in sorted(word.lemmas, key=len):
        ids = wordnet.senses(lemma, wordnet.NOUN)
        if ids:
            return wordnet.synset(ids[0]).lexicographer_file
    return -1
