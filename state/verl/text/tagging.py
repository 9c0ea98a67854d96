"""Guesses what a word is in its sentence: verb, noun, adjective, name or function word.

A few rules on neighbours and endings over WordNet's frequencies, in the spirit of Brill (1992).
"""

from enum import IntEnum

from state.verl.text.stopwords import AUXILIARIES, DETERMINERS, FUNCTION, PREPOSITIONS, PRONOUNS
from state.verl.text.tokens import Token
from state.verl.text.wordnet import ADJECTIVE, ADVERB, NOUN, VERB
from state.verl.text.words import Word


class Tag(IntEnum):
    SIGN = 0
    NUMBER = 1
    FUNCTION = 2
    NOUN = 3
    VERB = 4
    ADJECTIVE = 5
    ADVERB = 6
    NAME = 7


_TAGS = {NOUN: Tag.NOUN, VERB: Tag.VERB, ADJECTIVE: Tag.ADJECTIVE, ADVERB: Tag.ADVERB}
_BEFORE_VERBS = frozenset(
    "to will would can could may might must should not did does do cannot".split()
)
_IRREGULAR_PASTS = frozenset(
    """
    became began bought brought built came chose cut did drew drove fell felt fought found gave
    got grew had held hit kept knew led left lost made met paid put ran read rose said sang sat
    saw sent set shot shut sold spent spoke stood swam swept taught told thought threw took
    understood went won wore wrote beat broke caught died lay spread struck sank flew froze hid
    rode shook stole woke written given taken known seen born
    """.split()
)


def tag(tokens: list[Token], words: list[Word | None]) -> list[Tag]:
    """One tag a token."""
    tags: list[Tag] = []
    has_verb = False
    for position, token in enumerate(tokens):
        chosen = _tag(tokens, words, tags, position, has_verb)
        if chosen is Tag.VERB or token.lower in AUXILIARIES:
            has_verb = True
        elif token.lower in (",", ";", "and", "but", "who", "which", "that"):
            has_verb = False
        tags.append(chosen)
    return tags


def _tag(
    tokens: list[Token], words: list[Word | None], tags: list[Tag], position: int, has_verb: bool
) -> Tag:
    token, word = tokens[position], words[position]
    if token.kind == "sign":
        return Tag.SIGN
    if token.kind == "number":
        return Tag.NUMBER
    if word is None or token.lower in FUNCTION:
        return Tag.FUNCTION
    if token.is_capitalised and _is_name(tokens, words, position):
        return Tag.NAME
    if not word.parts:
        return Tag.NOUN if not token.lower.endswith(("ed", "ing")) else Tag.VERB
    before = tokens[position - 1].lower if position else ""
    likeliest = _TAGS.get(word.likeliest_part, Tag.NOUN)
    if VERB not in word.parts:
        return likeliest
    if before in _BEFORE_VERBS and token.lower in word.lemmas:
        return Tag.VERB
    if before in DETERMINERS or (tags and tags[-1] is Tag.ADJECTIVE):
        if token.lower.endswith(("ed", "ing")) and NOUN not in word.parts:
            return Tag.ADJECTIVE
        return Tag.NOUN if NOUN in word.parts else Tag.ADJECTIVE
    if before in PREPOSITIONS and not token.lower.endswith("ing"):
        return (
            likeliest
            if likeliest is not Tag.VERB
            else (Tag.NOUN if NOUN in word.parts else Tag.VERB)
        )
    is_past = token.lower in _IRREGULAR_PASTS or (
        token.lower.endswith("ed") and token.lower not in ("red", "bed", "shed")
    )
    if is_past or (token.lower.endswith("ing") and before in AUXILIARIES):
        return Tag.VERB
    after_subject = bool(tags) and (
        tags[-1] in (Tag.NAME, Tag.NOUN) or before in PRONOUNS or before in ("who", "which", "that")
    )
    following_token = tokens[position + 1] if position + 1 < len(tokens) else None
    if (
        after_subject
        and not has_verb
        and following_token is not None
        and (following_token.kind == "number" or following_token.lower in DETERMINERS)
    ):
        return Tag.VERB
    if after_subject and not has_verb and (token.lower.endswith("s") or likeliest is Tag.VERB):
        if token.lower.endswith("ss") and likeliest is not Tag.VERB:
            return likeliest
        following = tokens[position + 1].lower if position + 1 < len(tokens) else ""
        noun_like = likeliest is Tag.NOUN and (following in AUXILIARIES or not following)
        return Tag.NOUN if noun_like else Tag.VERB
    return likeliest


def _is_name(tokens: list[Token], words: list[Word | None], position: int) -> bool:
    word = words[position]
    if word is None:
        return False
    if word.is_proper:
        return True
    if position and tokens[position - 1].text not in (".", ":", '"', "“", "-"):
        return True
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    if following is not None and following.is_capitalised and following.kind == "word":
        return True
    if tokens[position].text.isupper() and len(tokens[position].text) > 1:
        return True
    return not word.parts or (word.text not in word.lemmas - {word.text} and not _is_common(word))


def _is_common(word: Word) -> bool:
    from state.verl.text import wordnet

    return any(wordnet.frequencies(lemma) for lemma in word.lemmas)
