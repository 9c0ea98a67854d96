"""Finds out whether the same words are said of the same sides: who did it to whom.

Two sides of a relation may not be exchanged unless it is symmetric ("married") or its mirror image
is used ("bought" and "sold", "larger" and "smaller"). PAWS (Zhang et al. 2019) shows that word
overlap cannot see this.
"""

from state.verl.text.alignment import Alignment
from state.verl.text.lexicon import lists
from state.verl.text.relations import Relation, are_converse
from state.verl.text.sentence import Sentence
from state.verl.text.tagging import Tag

_DIRECTED = frozenset("from to into".split())
# What leads to the other side of a relation; "with" and "in" only say how and where.
_SIDES = frozenset(
    {"", "by", "to", "than", "of", "over", "against", "from", "before", "after", "above", "below"}
)
_ARGUMENTS = frozenset({Tag.NAME, Tag.NOUN})
_PIVOTS = frozenset({Tag.VERB, Tag.ADJECTIVE, Tag.NOUN})
_SMALL_PIVOTS = frozenset({"before", "after", "above", "below"})


class Roles:
    """``is_swapped``: the two sides are exchanged. ``mirrors`` tells whether the pivot's opposite
    is its mirror image, so that an exchange is what keeps the meaning.
    """

    __slots__ = ("is_swapped", "mirrors", "pivot")

    def __init__(self) -> None:
        self.is_swapped = self.mirrors = False
        self.pivot = -1


def find_roles(alignment: Alignment) -> Roles:
    """Whether the sides of the claim's relation are exchanged in the source."""
    roles = Roles()
    claim, source = alignment.claim, alignment.source
    for position, match in alignment.matches.items():
        if match.source < 0 or not _is_pivot(claim, position):
            continue
        mine, theirs = claim.words[position], source.words[match.source]
        assert mine is not None
        assert theirs is not None
        symmetric = lists.symmetric()
        if not (mine.lemmas.isdisjoint(symmetric) and theirs.lemmas.isdisjoint(symmetric)):
            continue
        flipped = match.relation in (Relation.OPPOSITE, Relation.COMPLEMENT)
        converse = are_converse(mine, theirs)
        crossing = _is_crossing(alignment, position, match.source)
        if crossing is None and flipped and converse:
            crossing = _is_other_party(alignment, position, match.source) or None
        if crossing is None:
            continue
        if claim.is_passive(position) != source.is_passive(match.source):
            crossing = not crossing
        if flipped and converse:
            roles.mirrors, roles.is_swapped, roles.pivot = True, crossing, position
            return roles
        if crossing:
            roles.is_swapped, roles.pivot = True, position
            return roles
    roles.is_swapped = _exchanged_prepositions(alignment) or _exchanged_by_than(alignment)
    return roles


def _is_pivot(sentence: Sentence, position: int) -> bool:
    text = sentence.tokens[position].lower
    if text in _SMALL_PIVOTS:
        return True
    if sentence.tags[position] not in _PIVOTS:
        return False
    if sentence.tags[position] is Tag.NOUN:
        following = (
            sentence.tokens[position + 1].lower if position + 1 < len(sentence.tokens) else ""
        )
        return following in ("of", "to")
    if sentence.tags[position] is Tag.ADJECTIVE:
        return any(token.lower == "than" for token in sentence.tokens[position + 1 : position + 5])
    return True


def _is_crossing(alignment: Alignment, pivot: int, target: int) -> bool | None:
    """Whether a left and a right side of the claim stand the other way round in the source; None
    when the claim has not both sides, or the source not both of them.
    """
    claim, source = alignment.claim, alignment.source
    left = _arguments(alignment, range(pivot - 1, -1, -1), claim, pivot)
    right = _arguments(alignment, range(pivot + 1, len(claim.tokens)), claim, pivot)
    if not left or not right:
        return None
    if any(
        source.clauses[index] != source.clauses[target] and abs(index - target) > 8
        for index in (*left, *right)
    ):
        return None
    went_right = [index > target for index in left]
    went_left = [index < target for index in right]
    if any(went_right) and any(went_left):
        return all(went_right)
    if not any(went_right) and not any(went_left):
        return False
    return None


def _is_other_party(alignment: Alignment, pivot: int, target: int) -> bool:
    """ "Quarto bought it": who does it is the other party of "Helix sold it to Quarto"."""
    left = _arguments(alignment, range(pivot - 1, -1, -1), alignment.claim, pivot)
    source = alignment.source
    return bool(left) and all(
        index > target and source.preposition_of(index) in ("to", "from") for index in left
    )


def _arguments(alignment: Alignment, indexes: range, claim: Sentence, pivot: int) -> list[int]:
    """Where the words of one side are in the source; names alone, when there are any."""
    found: list[tuple[bool, int]] = []
    for index in indexes:
        is_small = claim.tokens[pivot].lower in _SMALL_PIVOTS
        if (
            claim.tags[index] is Tag.VERB
            and index in claim.verbs
            and index != pivot
            and not is_small
        ):
            break
        if claim.tokens[index].lower in (",", ";", "because", "while"):
            break
        match = alignment.matches.get(index)
        if match is None or match.source < 0:
            continue
        if claim.tags[index] not in _ARGUMENTS and not (is_small and claim.tags[index] is Tag.VERB):
            continue
        if pivot < index and claim.preposition_of(index) not in _SIDES:
            continue
        if match.agrees:
            found.append((claim.tags[index] is Tag.NAME, match.source))
    names = [index for is_name, index in found if is_name]
    return names or [index for _, index in found]


def _exchanged_prepositions(alignment: Alignment) -> bool:
    """ "from Paris to London" against "from London to Paris"."""
    claim, source = alignment.claim, alignment.source
    indexes = [
        (index, match.source)
        for index, match in alignment.matches.items()
        if match.source >= 0 and match.agrees and claim.tags[index] in _ARGUMENTS
    ]
    pairs = []
    for index, target in indexes:
        mine, theirs = claim.preposition_of(index), source.preposition_of(target)
        if mine in _DIRECTED and theirs in _DIRECTED:
            pairs.append((mine, theirs))
    return any(mine != theirs and (theirs, mine) in pairs for mine, theirs in pairs)


def _exchanged_by_than(alignment: Alignment) -> bool:
    """ "stronger in women than in men" against "stronger in men than in women"."""
    claim, source = alignment.claim, alignment.source
    mine, theirs = _place_of_than(claim), _place_of_than(source)
    if mine < 0 or theirs < 0:
        return False
    before = next((at for at in range(mine - 1, -1, -1) if _is_argument(claim, at)), -1)
    after = next((at for at in range(mine + 1, len(claim.tokens)) if _is_argument(claim, at)), -1)
    left, right = alignment.matches.get(before), alignment.matches.get(after)
    if left is None or right is None or not (left.agrees and right.agrees):
        return False
    return left.source > theirs > right.source >= 0


def _place_of_than(sentence: Sentence) -> int:
    return next((at for at, token in enumerate(sentence.tokens) if token.lower == "than"), -1)


def _is_argument(sentence: Sentence, at: int) -> bool:
    return sentence.tags[at] in _ARGUMENTS and at in sentence.weights
