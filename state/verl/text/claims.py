"""Splits a claim into sub-claims that can be judged one by one.

WiCE (Kamoi et al. 2023) found that deciding sub-claims and taking all of them together gains more
than a better model. Conjunctions of clauses are split; those of words are not, since every word
of a claim has to be found anyway.
"""

from state.verl.text.analysis import analyse
from state.verl.text.sentence import Sentence
from state.verl.text.sentences import sentences
from state.verl.text.stopwords import AUXILIARIES, PRONOUNS
from state.verl.text.tagging import Tag

_JOINTS = frozenset("and but ; while whereas although though".split())
_FEWEST_CONTENT = 2


def split_claim(text: str) -> list[Sentence]:
    """The sub-claims of a text, analysed; a text without words has none."""
    parts: list[Sentence] = []
    for span in sentences(text):
        sentence = analyse(text, span.start, span.end)
        pieces = _pieces(sentence)
        if len(pieces) == 1:
            parts.append(sentence)
        else:
            parts.extend(analyse(piece) for piece in pieces)
    return parts


def _pieces(sentence: Sentence) -> list[str]:
    joints = [at for at in range(1, len(sentence.tokens) - 1) if _is_joint(sentence, at)]
    if not joints:
        return [""]
    tokens, text = sentence.tokens, sentence.text
    first_verb = _first_verb(sentence, 0)
    subject = text[tokens[0].start : tokens[first_verb - 1].end] if first_verb > 0 else ""
    pieces = []
    begin = 0
    for joint in [*joints, len(tokens)]:
        end = joint
        while end > begin and tokens[end - 1].text in (",", ";"):
            end -= 1
        if end > begin:
            piece = text[tokens[begin].start : tokens[end - 1].end]
            starts_with = tokens[begin].lower
            if begin and (_is_verb(sentence, begin) or sentence.tags[begin] is Tag.ADVERB):
                piece = f"{subject} {piece}"
            elif (
                begin
                and starts_with in PRONOUNS
                and starts_with not in ("its", "his", "her", "their")
            ):
                piece = f"{subject}{text[tokens[begin].end : tokens[end - 1].end]}"
            pieces.append(piece)
        begin = joint + 1
    return pieces


def _is_joint(sentence: Sentence, at: int) -> bool:
    """Whether a clause ends before this word and another begins behind it."""
    lower = sentence.tokens[at].lower
    if lower not in _JOINTS or not _has_verb(sentence, 0, at):
        return False
    before = sentence.tokens[at - 1].lower
    if before in ("both", "between", "not"):
        return False
    following = at + 1
    if sentence.tags[following] is Tag.ADVERB and following + 1 < len(sentence.tokens):
        following += 1
    if _is_verb(sentence, following):
        return not sentence.tokens[following].lower.endswith("ing")
    verb = _first_verb(sentence, following)
    if verb < 0 or verb - following > 6:
        return False
    between = [sentence.tokens[index].lower for index in range(following, verb)]
    if any(text in (",", "and", "who", "which", "that", "to") for text in between):
        return False
    # "cats and dogs are": what stands before "and" must be a whole clause already.
    last = _last_verb(sentence, at)
    return sentence.tags[last] is Tag.VERB or any(
        index in sentence.weights or index in sentence.spans for index in range(last + 1, at)
    )


def _is_verb(sentence: Sentence, at: int) -> bool:
    return sentence.tags[at] is Tag.VERB or sentence.tokens[at].lower in AUXILIARIES


def _first_verb(sentence: Sentence, start: int) -> int:
    for at in range(start, len(sentence.tokens)):
        if _is_verb(sentence, at) and not (
            sentence.tokens[at].lower.endswith("ing") and sentence.tags[at] is Tag.VERB
        ):
            return at
    return -1


def _last_verb(sentence: Sentence, end: int) -> int:
    return next((at for at in range(end - 1, -1, -1) if _is_verb(sentence, at)), -1)


def _has_verb(sentence: Sentence, start: int, end: int) -> bool:
    return any(_is_verb(sentence, at) for at in range(start, end))
