"""Compares names: the same, a part of it, or another one in its place.

A name in the place of another ("directed by Ridley Scott", "directed by James Cameron") is how
most of FEVER's refuted claims were made (Thorne et al. 2018, section 3.2). It is a conflict only
when everything around the two names agrees.
"""

from state.verl.text.alignment import Alignment
from state.verl.text.findings import Effect, Findings
from state.verl.text.sentence import Sentence
from state.verl.text.slots import modified_noun
from state.verl.text.tagging import Tag
from state.verl.text.wordnet import ADJECTIVE

_WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
_SAME_PLACE = (
    frozenset({"in", "at", "near", "inside", "within"}),
    frozenset({"by"}),
    frozenset({"of"}),
    frozenset({"from"}),
    frozenset({"to", "into", "towards"}),
    frozenset({"for"}),
    frozenset({"with"}),
    frozenset({"on"}),
    frozenset({"as"}),
    frozenset({"against"}),
    frozenset({""}),
)


def compare_names(alignment: Alignment, findings: Findings) -> None:
    """Adds findings for every name of the claim that the sentence has not, or has in part."""
    claim = alignment.claim
    met = {match.source for match in alignment.matches.values() if match.source >= 0}
    for first, last in claim.names:
        indexes = [at for at in range(first, last + 1) if at in claim.weights]
        if not indexes:
            continue
        matched = [at for at in indexes if at in alignment.matches and alignment.matches[at].agrees]
        name = claim.text[claim.tokens[first].start : claim.tokens[last].end]
        if len(matched) == len(indexes) and _is_by_another(alignment, first, indexes):
            text = f"“{name}” stands in the source beside something else"
            findings.add(Effect.GAP, "name", text, tuple(indexes))
            continue
        if len(matched) == len(indexes):
            findings.add(Effect.AGREES, "name", f"“{name}” stands in the source", tuple(indexes))
            continue
        if matched and matched[-1] == indexes[-1]:
            other = _other_first_name(alignment, indexes, matched)
            if other:
                findings.add(
                    Effect.CONFLICTS,
                    "name",
                    f"the claim says “{name}”, the source “{other}”",
                    tuple(indexes),
                    0.9,
                )
            continue
        if matched:
            rival = _sibling(alignment, indexes, matched)
            if rival:
                findings.add(
                    Effect.CONFLICTS,
                    "name",
                    f"the claim says “{name}”, the source “{rival}”",
                    tuple(indexes),
                    0.85,
                )
            else:
                findings.add(Effect.GAP, "name", f"“{name}” is not in the source", tuple(indexes))
            continue
        if any(at in alignment.matches for at in indexes):
            continue  # an opposite or another weekday: judged as such
        rival = _beside_same_noun(alignment, first, last, met)
        rival = rival or _in_its_place(alignment, first, last, met)
        if rival:
            findings.add(
                Effect.CONFLICTS,
                "name",
                f"the claim says “{name}”, the source “{rival}”",
                tuple(indexes),
                0.85,
            )
        else:
            findings.add(Effect.GAP, "name", f"“{name}” is not in the source", tuple(indexes))


def _is_by_another(alignment: Alignment, first: int, indexes: list[int]) -> bool:
    """ "a novel by Allen" where the source has a screenplay by Allen, and another novel."""
    claim, source = alignment.claim, alignment.source
    target = alignment.target(indexes[0])
    if target < 0 or claim.preposition_of(first) != "by" or source.preposition_of(target) != "by":
        return False
    mine, theirs = _head(claim, first), _head(source, target)
    there = alignment.target(mine)
    nominal = mine >= 0 and claim.tags[mine] is Tag.NOUN and source.tags[theirs] is Tag.NOUN
    return nominal and theirs >= 0 and there >= 0 and there != theirs


def _other_first_name(alignment: Alignment, indexes: list[int], matched: list[int]) -> str:
    """ "Jane Smith" where the claim says "John Smith"."""
    claim, source = alignment.claim, alignment.source
    target = alignment.target(indexes[-1])
    for first, last in source.names:
        if first < target <= last and len(matched) == 1:
            before = source.tokens[target - 1]
            mine = claim.tokens[indexes[-1] - 1]
            if len(before.text) < 2 or len(mine.text) < 2 or before.text[0] == mine.text[0]:
                return ""
            return source.text[source.tokens[first].start : source.tokens[last].end]
    return ""


def _beside_same_noun(alignment: Alignment, first: int, last: int, met: set[int]) -> str:
    """ "a Spanish film" where the claim says "a German film"."""
    claim, source = alignment.claim, alignment.source
    noun = modified_noun(claim, last)
    target = alignment.target(noun)
    if noun < 0 or target < 0 or claim.tags[noun] is not Tag.NOUN or first != last:
        return ""
    if not _is_adjective(claim, first):
        return ""
    for begin, end in source.names:
        for at in range(begin, end + 1):
            here = at < target and modified_noun(source, at) == target
            if here and at not in met and _is_adjective(source, at):
                return source.tokens[at].text
    return ""


def _is_adjective(sentence: Sentence, index: int) -> bool:
    word = sentence.words[index]
    return word is not None and ADJECTIVE in word.parts


def _sibling(alignment: Alignment, indexes: list[int], matched: list[int]) -> str:
    """ "University of Leipzig" where the claim says "University of Munich"."""
    source = alignment.source
    target = alignment.target(matched[0])
    for first, last in source.names:
        if first <= target < last and source.tokens[last].lower not in {
            alignment.claim.tokens[index].lower for index in indexes
        }:
            return source.text[source.tokens[first].start : source.tokens[last].end]
    return ""


def _in_its_place(alignment: Alignment, first: int, last: int, met: set[int]) -> str:
    """The name that stands in the source where the claim has its own; empty when none does."""
    claim, source = alignment.claim, alignment.source
    verb = claim.verb_of(first)
    target = alignment.target(verb)
    preposition = claim.preposition_of(first)
    kinds = next((kind for kind in _SAME_PLACE if preposition in kind), None)
    if kinds is None:
        return ""
    is_before = verb > first
    for begin, end in source.names:
        if met.intersection(range(begin, end + 1)) or _is_weekday(source, begin):
            continue
        if source.preposition_of(begin) not in kinds:
            continue
        if preposition and not _same_head(alignment, first, begin):
            continue
        if not preposition:
            if not _is_functional(claim, verb, is_before):
                continue
            anchor = target if target >= 0 else source.verb_of(begin)
            if anchor < 0 or (begin < anchor) is not is_before:
                continue
            if target < 0 and not _both_copulas(claim, source, verb, anchor):
                continue
            if target >= 0 and source.clauses[begin] != source.clauses[target]:
                continue
        return source.text[source.tokens[begin].start : source.tokens[end].end]
    return ""


def _is_functional(claim: Sentence, verb: int, is_subject: bool) -> bool:
    """Whether only one name can stand there: "the director is", "wrote the novel in 1990"; not
    "is a city", not "supports".
    """
    if verb < 0:
        return False
    if claim.tokens[verb].lower in ("is", "was", "are", "were"):
        following = {token.lower for token in claim.tokens[verb + 1 : verb + 3]}
        return not is_subject or bool(following & {"the", "its", "his", "her", "their"})
    return is_subject


def _is_weekday(sentence: Sentence, index: int) -> bool:
    return sentence.tokens[index].lower in _WEEKDAYS


def _both_copulas(claim: Sentence, source: Sentence, verb: int, anchor: int) -> bool:
    be = ("is", "was", "are", "were")
    return verb >= 0 and claim.tokens[verb].lower in be and source.tokens[anchor].lower in be


def _same_head(alignment: Alignment, first: int, begin: int) -> bool:
    """Whether the words that govern the two phrases are aligned."""
    mine = _head(alignment.claim, first)
    theirs = _head(alignment.source, begin)
    if mine < 0 or theirs < 0:
        return False
    if _is_located(alignment.claim, mine) and _is_located(alignment.source, theirs):
        return True
    if mine not in alignment.claim.weights and theirs not in alignment.source.weights:
        return _both_copulas(alignment.claim, alignment.source, mine, theirs)
    if alignment.target(mine) == theirs:
        return True
    if alignment.claim.tags[mine] is Tag.VERB and alignment.target(mine) < 0:
        # "the meeting was held in Vienna", "the meeting in Geneva"
        return any(
            match.source == theirs and match.agrees and index < mine
            for index, match in alignment.matches.items()
        )
    verb = alignment.target(alignment.claim.verb_of(first))
    if verb >= 0 and alignment.claim.preposition_of(first) in ("against", "by"):
        return alignment.source.verb_of(begin) == verb
    return (
        verb >= 0
        and alignment.source.verb_of(begin) == verb
        and (alignment.claim.tags[mine] is Tag.VERB or alignment.source.tags[theirs] is Tag.VERB)
    )


def _is_located(sentence: Sentence, index: int) -> bool:
    """ "is in", "is located in", "lies in"."""
    text = sentence.tokens[index].lower
    return text in ("is", "are", "was", "were", "located", "situated", "lies", "based")


def _head(sentence: Sentence, position: int) -> int:
    """The content word before the preposition that leads a place."""
    preposition = sentence.preposition_of(position)
    at = position - 1
    while at >= 0 and sentence.tokens[at].lower != preposition:
        at -= 1
    for before in range(at - 1, max(at - 4, -1), -1):
        if before in sentence.weights or before in sentence.verbs:
            return before
        if before in sentence.spans:
            continue
    return -1
