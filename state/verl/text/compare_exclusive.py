"""Compares words that exclude each other in the same place: "red" and "blue", "piano" and "violin".

Alternation in natural logic (MacCartney & Manning 2009): both cannot be true of one thing.
"""

from state.verl.text.alignment import Alignment
from state.verl.text.findings import Effect, Findings
from state.verl.text.relations import Relation
from state.verl.text.sentence import Sentence
from state.verl.text.slots import in_same_slot, is_other_subject
from state.verl.text.tagging import Tag


def compare_exclusive(alignment: Alignment, findings: Findings) -> None:
    """Words that exclude each other in the same place: "red" and "blue", "piano" and "violin"."""
    claim, source = alignment.claim, alignment.source
    for position, match in alignment.matches.items():
        if match.relation not in (Relation.EXCLUSIVE, Relation.SISTER):
            continue
        if not _same_tag(claim.tags[position], source.tags[match.source]):
            continue
        listed = match.relation is Relation.EXCLUSIVE
        if (
            not (listed or _is_pictured(claim, position))
            or is_other_subject(alignment, position, match.source)
            or not in_same_slot(alignment, position, match.source)
        ):
            findings.add(
                Effect.GAP,
                "missing word",
                f"“{claim.tokens[position].text}” is not in the source",
                (position,),
            )
            continue
        findings.add(
            Effect.CONFLICTS,
            "antonym",
            f"the claim says “{claim.tokens[position].text}”, the source "
            f"“{source.tokens[match.source].text}”",
            (position,),
            0.85,
        )


def _same_tag(mine: Tag, theirs: Tag) -> bool:
    nominal = (Tag.NOUN, Tag.NAME, Tag.ADJECTIVE)
    return mine is theirs or (mine in nominal and theirs in nominal)


def _is_pictured(sentence: Sentence, position: int) -> bool:
    """Whether the clause says what is the case now ("is a", "is playing"): then one thing excludes
    its sisters. Whoever owns a car may own a bicycle too.
    """
    verb = sentence.verb_of(position)
    if verb < 0:
        return True
    before = [token.lower for token in sentence.tokens[max(verb - 2, 0) : verb + 1]]
    return bool({"is", "are", "was", "were", "am"} & set(before))
