"""Compares names: the same, a part of it, or another one in its place.

A name in the place of another ("directed by Ridley Scott", "directed by James Cameron") is how
most of FEVER's refuted claims were made (Thorne et al. 2018, section 3.2). It is a conflict only
when everything around the two names agrees.
"""

from state.verl.text.alignment import Alignment
from state.verl.text.analysis import Sentence
from state.verl.text.findings import Effect, Findings
from state.verl.text.relations import Relation, opposition
from state.verl.text.tagging import Tag

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
        places = [at for at in range(first, last + 1) if at in claim.weights]
        if not places:
            continue
        matched = [at for at in places if at in alignment.matches and alignment.matches[at].agrees]
        name = claim.text[claim.tokens[first].start : claim.tokens[last].end]
        if len(matched) == len(places):
            findings.add(Effect.AGREES, "name", f"“{name}” stands in the source", tuple(places))
            continue
        if matched and matched[-1] == places[-1]:
            other = _other_first_name(alignment, places, matched)
            if other:
                findings.add(Effect.CONFLICTS, "name", f"the claim says “{name}”, the source "
                             f"“{other}”", tuple(places), 0.9)  # fmt: skip
            continue
        if matched:
            continue
        rival = _in_its_place(alignment, first, last, met)
        if rival:
            findings.add(
                Effect.CONFLICTS, "name", f"the claim says “{name}”, the source “{rival}”",
                tuple(places), 0.85,
            )  # fmt: skip
        else:
            findings.add(Effect.GAP, "name", f"“{name}” is not in the source", tuple(places))


def _other_first_name(alignment: Alignment, places: list[int], matched: list[int]) -> str:
    """ "Jane Smith" where the claim says "John Smith"."""
    claim, source = alignment.claim, alignment.source
    target = alignment.target(places[-1])
    for first, last in source.names:
        if first < target <= last and len(matched) == 1:
            before = source.tokens[target - 1]
            mine = claim.tokens[places[-1] - 1]
            if len(before.text) < 3 or len(mine.text) < 3 or before.text[0] == mine.text[0]:
                return ""
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
        if met.intersection(range(begin, end + 1)):
            continue
        if source.preposition_of(begin) not in kinds:
            continue
        if preposition and not _same_head(alignment, first, begin):
            continue
        if not preposition:
            anchor = target if target >= 0 else source.verb_of(begin)
            if anchor < 0 or (begin < anchor) is not is_before:
                continue
            if target < 0 and not _both_copulas(claim, source, verb, anchor):
                continue
            if target >= 0 and source.clauses[begin] != source.clauses[target]:
                continue
        return source.text[source.tokens[begin].start : source.tokens[end].end]
    return ""


def _both_copulas(claim: Sentence, source: Sentence, verb: int, anchor: int) -> bool:
    be = ("is", "was", "are", "were")
    return verb >= 0 and claim.tokens[verb].lower in be and source.tokens[anchor].lower in be


def _same_head(alignment: Alignment, first: int, begin: int) -> bool:
    """Whether the words that govern the two phrases are aligned."""
    mine = _head(alignment.claim, first)
    theirs = _head(alignment.source, begin)
    if mine < 0 or theirs < 0:
        return False
    if alignment.target(mine) == theirs:
        return True
    verb = alignment.target(alignment.claim.verb_of(first))
    return verb >= 0 and alignment.source.verb_of(begin) == verb and (
        alignment.claim.tags[mine] is Tag.VERB or alignment.source.tags[theirs] is Tag.VERB
    )


def _head(sentence: Sentence, position: int) -> int:
    """The content word before the preposition that leads a place."""
    preposition = sentence.preposition_of(position)
    at = position - 1
    while at >= 0 and sentence.tokens[at].lower != preposition:
        at -= 1
    for before in range(at - 1, max(at - 4, -1), -1):
        if before in sentence.weights:
            return before
        if before in sentence.spans:
            continue
    return -1


def compare_exclusive(alignment: Alignment, findings: Findings) -> None:
    """Words that exclude each other in the same place: "red" and "blue", "piano" and "violin"."""
    claim, source = alignment.claim, alignment.source
    for position, match in alignment.matches.items():
        if match.relation is not Relation.EXCLUSIVE:
            continue
        mine, theirs = claim.words[position], source.words[match.source]
        assert mine is not None and theirs is not None
        if opposition(mine, theirs) is not Relation.EXCLUSIVE:
            continue
        if not _in_same_slot(alignment, position, match.source):
            findings.add(Effect.GAP, "missing word", f"“{claim.tokens[position].text}” is not in the "
                         "source", (position,))  # fmt: skip
            continue
        findings.add(
            Effect.CONFLICTS, "antonym", f"the claim says “{claim.tokens[position].text}”, the source "
            f"“{source.tokens[match.source].text}”", (position,), 0.85,
        )  # fmt: skip


def _in_same_slot(alignment: Alignment, position: int, target: int) -> bool:
    """The two stand on the same side of a shared verb, or beside a shared neighbour."""
    claim, source = alignment.claim, alignment.source
    if claim.tags[position] is Tag.VERB:
        return source.tags[target] is Tag.VERB
    if claim.tags[position] is Tag.ADJECTIVE or source.tags[target] is Tag.ADJECTIVE:
        for step in (1, 2, -1, -2):
            neighbour = alignment.target(position + step)
            if neighbour >= 0 and abs(neighbour - target) <= 2:
                return True
    verb = claim.verb_of(position)
    there = alignment.target(verb)
    if there < 0:
        there = source.verb_of(target)
        if verb < 0 and there < 0:
            return True
        if there < 0:
            return False
    return (position < verb) is (target < there) and source.clauses[target] == source.clauses[there]
