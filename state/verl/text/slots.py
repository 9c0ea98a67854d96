"""Whether two words that differ stand in the same place of their sentences."""

from state.verl.text.alignment import Alignment
from state.verl.text.relations import AGREEING, Relation, relation
from state.verl.text.sentence import Sentence
from state.verl.text.stopwords import ONLY
from state.verl.text.tagging import Tag


def in_same_slot(alignment: Alignment, position: int, target: int) -> bool:
    """The two modify the same noun, or stand on the same side of a shared verb."""
    claim, source = alignment.claim, alignment.source
    if claim.tags[position] is Tag.VERB or source.tags[target] is Tag.VERB:
        return claim.tags[position] is source.tags[target]
    mine, theirs = modified_noun(claim, position), modified_noun(source, target)
    if mine >= 0 and theirs >= 0:
        return _are_alike(alignment, mine, theirs)
    verb = claim.verb_of(position)
    there = alignment.target(verb)
    if there < 0:
        there = source.verb_of(target)
        if there < 0:
            return verb < 0
    if (position < verb) is not (target < there):
        return False
    return position < verb or source.clauses[target] == source.clauses[there]


def is_other_subject(alignment: Alignment, position: int, target: int) -> bool:
    """Whether a word is what the claim speaks of: another one is another thing, and denies
    nothing. In a scene ("a dog is running") it is the thing that is seen, and "only adults" leaves
    no other.
    """
    sentence = alignment.claim
    there = alignment.source.tokens[max(target - 3, 0) : target]
    if any(token.lower in ONLY for token in there):
        return False
    verb = sentence.verb_of(position)
    if verb < position or sentence.tags[position] not in (Tag.NOUN, Tag.NAME):
        return False
    if modified_noun(sentence, position) >= 0:
        return False
    return not any(sentence.tokens[at].lower.endswith("ing") for at in sentence.verbs)


def modified_noun(sentence: Sentence, position: int) -> int:
    """The noun an adjective (or a noun used as one) stands before, or -1."""
    last = -1
    for at in range(position + 1, min(position + 7, len(sentence.tokens))):
        if sentence.tags[at] is Tag.NOUN or (sentence.tags[at] is Tag.NAME and last < 0):
            last = at
        elif sentence.tags[at] is not Tag.ADJECTIVE and sentence.tokens[at].text != "-":
            break
    return last


def _are_alike(alignment: Alignment, mine: int, theirs: int) -> bool:
    match = alignment.matches.get(mine)
    if match is not None and match.source == theirs:
        return match.agrees or match.relation is Relation.GENERAL
    left, right = alignment.claim.words[mine], alignment.source.words[theirs]
    return left is not None and right is not None and relation(left, right) in AGREEING
