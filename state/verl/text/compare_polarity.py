"""Compares polarity: negation, opposites and exchanged sides, each of which turns a meaning round.

An odd number of turns contradicts, an even one cancels out, as in natural logic (MacCartney &
Manning 2009). A negated opposite says the word itself only where there is nothing between the two
("not dead" is "alive", "not hot" is not "cold").
"""

from state.verl.text.alignment import Alignment, Match
from state.verl.text.compare_part import denies_the_rest
from state.verl.text.compare_roles import Roles
from state.verl.text.findings import Effect, Findings
from state.verl.text.relations import FLIPPING, Relation
from state.verl.text.slots import in_same_slot, is_other_subject
from state.verl.text.tagging import Tag

_EXCEPTIONS = frozenset({"except", "excepting", "excluding"})
_EXCEPTED = 3
"""How many words behind it are meant."""


def compare_polarity(alignment: Alignment, roles: Roles, findings: Findings) -> None:
    """Adds at most one conflict or gap for the clause, whatever turned it."""
    claim, source = alignment.claim, alignment.source
    flips = []
    for match in alignment.matches.values():
        if match.relation in FLIPPING:
            if _may_flip(alignment, match):
                flips.append(match)
            else:
                mine = claim.tokens[match.claim].text
                findings.add(
                    Effect.GAP,
                    "missing word",
                    f"“{mine}” is not in the source",
                    (match.claim,),
                    claim.weights[match.claim],
                )
    negated_here, negated_there, differs = _negation(alignment)
    if len(flips) > 1:
        for match in flips:
            _opposite(alignment, match, findings, Effect.GAP)
        if not differs and not roles.is_swapped and _all_alike(flips):
            _opposite(alignment, flips[0], findings, Effect.CONFLICTS)
        return
    excepted = _excepted(alignment)
    turns = differs + len(flips) + roles.is_swapped + (excepted >= 0)
    if not turns:
        if negated_here:
            findings.add(Effect.AGREES, "negation", "both are negated")
            _narrower_under_negation(alignment, findings)
        return
    if turns % 2:
        if flips:
            _opposite(alignment, flips[0], findings, Effect.CONFLICTS)
        elif differs:
            who = "the claim" if negated_here and not negated_there else "the source"
            if who == "the claim" and denies_the_rest(source):
                findings.add(Effect.GAP, "negation", "the claim is negated, the source of others")
                return
            if negated_there and not _is_predicate_met(alignment, source.negation.cues[0][0]):
                findings.add(Effect.GAP, "negation", "the source denies something else")
                return
            if negated_there and _is_loose(alignment):
                findings.add(Effect.GAP, "negation", "the source denies something like it")
                return
            if not _is_entailed_negation(alignment, negated_there):
                findings.add(Effect.GAP, "negation", f"{who} is negated, of something more special")
                return
            cue = _cue(alignment, who == "the claim")
            findings.add(Effect.CONFLICTS, "negation", f"only {who} is negated (“{cue}”)")
        elif excepted >= 0:
            text = claim.tokens[excepted].text
            findings.add(Effect.CONFLICTS, "negation", f"the source excepts “{text}”", (excepted,))
        else:
            findings.add(
                Effect.CONFLICTS,
                "role",
                "the two sides are exchanged",
                (roles.pivot,) if roles.pivot >= 0 else (),
            )
        return
    if flips and differs:
        match = flips[0]
        if negated_there and match.relation is not Relation.COMPLEMENT:
            _opposite(alignment, match, findings, Effect.GAP)
        else:
            findings.add(Effect.AGREES, "negation", "the negated opposite says the same")
    elif flips and not roles.mirrors:
        mine = claim.tokens[flips[0].claim].text
        theirs = source.tokens[flips[0].source].text
        findings.add(Effect.AGREES, "antonym", f"“{mine}” with the sides exchanged is “{theirs}”")


def _may_flip(alignment: Alignment, match: Match) -> bool:
    """Opposite nouns and adjectives count in the same place only: "tall man", "short hair"."""
    claim, source = alignment.claim, alignment.source
    nominal = (Tag.NOUN, Tag.ADJECTIVE)
    if claim.tags[match.claim] not in nominal or source.tags[match.source] not in nominal:
        return True
    is_noun = claim.tags[match.claim] is Tag.NOUN
    if is_noun and is_other_subject(alignment, match.claim, match.source):
        return False
    return in_same_slot(alignment, match.claim, match.source)


def _all_alike(flips: list[Match]) -> bool:
    """Several opposites side by side say one thing twice ("rose to a higher", "fell to a low")."""
    indexes = sorted(match.claim for match in flips)
    return indexes[-1] - indexes[0] <= 4


def _negation(alignment: Alignment) -> tuple[bool, bool, bool]:
    """Whether matched words are negated in the claim, in the source, and whether that differs."""
    claim, source = alignment.claim, alignment.source
    balance = {True: 0.0, False: 0.0}  # of predicates, and of everything else
    here = there = False
    for position, match in alignment.matches.items():
        if match.source < 0 or match.relation in (
            Relation.EXCLUSIVE,
            Relation.SISTER,
            Relation.NONE,
        ):
            continue
        mine = claim.negation.parity[position]
        theirs = source.negation.parity[match.source]
        if not (mine or theirs):
            continue
        here, there = here or mine, there or theirs
        # Sides change places in the passive; what is denied of them is the predicate.
        is_predicate = claim.tags[position] in (Tag.VERB, Tag.ADJECTIVE)
        weight = max(claim.weights[position], 0.3)
        balance[is_predicate] += weight if mine is not theirs else -weight
    return here, there, (balance[True] or balance[False]) > 0


def _opposite(alignment: Alignment, match: Match, findings: Findings, effect: Effect) -> None:
    mine = alignment.claim.tokens[match.claim].text
    theirs = alignment.source.tokens[match.source].text
    findings.add(
        effect, "antonym", f"the claim says “{mine}”, the source “{theirs}”", (match.claim,), 0.95
    )


def _cue(alignment: Alignment, in_claim: bool) -> str:
    sentence = alignment.claim if in_claim else alignment.source
    return sentence.tokens[sentence.negation.cues[0][0]].text if sentence.negation.cues else "not"


def _excepted(alignment: Alignment) -> int:
    """The word of the claim that the source excepts: "every day except Monday"; -1 for none."""
    claim, source = alignment.claim, alignment.source
    if any(token.lower in _EXCEPTIONS for token in claim.tokens):
        return -1
    for cue, token in enumerate(source.tokens):
        if token.lower in _EXCEPTIONS:
            for index, match in alignment.matches.items():
                if cue < match.source <= cue + _EXCEPTED and match.agrees:
                    return index
    return -1


def _is_predicate_met(alignment: Alignment, cue: int) -> bool:
    """Whether the claim has the verb or adjective that the source denies."""
    source = alignment.source
    denied = [
        at
        for at in source.content
        if at > cue and source.negation.parity[at] and source.tags[at] in (Tag.VERB, Tag.ADJECTIVE)
    ]
    return not denied or any(match.source == denied[0] for match in alignment.matches.values())


def _is_loose(alignment: Alignment) -> bool:
    """Whether what the source denies is met by likeness of meaning alone: who has not ratified a
    treaty may have signed it.
    """
    denied = [
        match
        for match in alignment.matches.values()
        if match.source >= 0
        and alignment.source.negation.parity[match.source]
        and alignment.source.tags[match.source] is Tag.VERB
    ]
    return bool(denied) and all(match.relation is Relation.SYNONYM for match in denied)


def _is_entailed_negation(alignment: Alignment, negated_there: bool) -> bool:
    """ "No animal runs" denies "a dog runs"; "no dog runs" does not deny "an animal runs"."""
    wrong = Relation.SPECIFIC if negated_there else Relation.GENERAL
    for match in alignment.matches.values():
        if match.source < 0 or match.relation is not wrong:
            continue
        sentence = alignment.source if negated_there else alignment.claim
        index = match.source if negated_there else match.claim
        if sentence.negation.parity[index]:
            return False
    return True


def _narrower_under_negation(alignment: Alignment, findings: Findings) -> None:
    """Under negation the broader word entails the narrower one, not the other way round."""
    for position, match in alignment.matches.items():
        if match.source < 0 or match.relation is not Relation.SPECIFIC:
            continue
        if alignment.source.negation.parity[match.source]:
            mine = alignment.claim.tokens[position].text
            findings.add(
                Effect.GAP, "negation", f"the source denies less than “{mine}”", (position,)
            )
