"""Lays a claim beside one sentence and collects what agrees, what is missing and what differs."""

from dataclasses import dataclass

from state.verl.text.alignment import Alignment, align, coverage
from state.verl.text.compare_dates import compare_dates
from state.verl.text.compare_definition import compare_definitions
from state.verl.text.compare_exclusive import compare_exclusive
from state.verl.text.compare_names import compare_names
from state.verl.text.compare_numbers import check_pairing, compare_quantities
from state.verl.text.compare_part import compare_parts
from state.verl.text.compare_polarity import compare_polarity
from state.verl.text.compare_quantifiers import compare_only, compare_quantifiers, compare_rank
from state.verl.text.compare_roles import find_roles
from state.verl.text.compare_subjects import (
    check_adjuncts,
    check_degree,
    check_predicate,
    check_subject,
    check_thing,
)
from state.verl.text.findings import Effect, Finding, Findings
from state.verl.text.modality import Modality
from state.verl.text.relations import Relation
from state.verl.text.sentence import Sentence
from state.verl.text.tagging import Tag

_PRIVATIVE = frozenset("former ex fake alleged would-be failed attempted aspiring".split())
HEAVY_GAP = 1.0


@dataclass(slots=True)
class Comparison:
    """A claim beside a sentence. ``coverage`` is the share of the claim that the sentence has;
    ``rest`` the same without the words in conflict.
    """

    alignment: Alignment
    findings: list[Finding]
    coverage: float
    rest: float
    anchored: bool

    @property
    def spread(self) -> int:
        """How many tokens of the source lie between the first and the last that were met."""
        indexes = [match.source for match in self.alignment.matches.values() if match.source >= 0]
        return max(indexes) - min(indexes) if indexes else 0

    def of(self, effect: Effect) -> list[Finding]:
        return [finding for finding in self.findings if finding.effect is effect]


def compare(claim: Sentence, source: Sentence, context: tuple[Sentence, ...] = ()) -> Comparison:
    """All that can be said of the claim by this sentence (and the context it stands in)."""
    alignment = align(claim, source, context)
    findings = Findings()
    compare_names(alignment, findings)
    compare_quantities(alignment, findings)
    compare_dates(alignment, findings)
    check_pairing(alignment, findings)
    compare_quantifiers(alignment, findings)
    compare_only(alignment, findings)
    compare_rank(alignment, findings)
    compare_parts(alignment, findings)
    compare_polarity(alignment, find_roles(alignment), findings)
    compare_exclusive(alignment, findings)
    check_subject(alignment, findings)
    check_thing(alignment, findings)
    check_predicate(alignment, findings)
    check_degree(alignment, findings)
    check_adjuncts(alignment, findings)
    _check_owner(alignment, findings)
    compare_definitions(alignment, findings)
    _check_modality(alignment, findings)
    _check_general(alignment, findings)
    _name_missing(alignment, findings)
    conflicting = {token for finding in findings.of(Effect.CONFLICTS) for token in finding.tokens}
    conflicting |= _modifiers(claim, conflicting)
    anchored = any(
        match.agrees and claim.weights[index] >= 0.6
        for index, match in alignment.matches.items()
        if index not in conflicting
    )
    return Comparison(
        alignment, findings.found, coverage(alignment), coverage(alignment, conflicting), anchored
    )


def _modifiers(claim: Sentence, indexes: set[int]) -> set[int]:
    """The adjectives and nouns right before words in conflict, which stand or fall with them."""
    found = set()
    for index in indexes:
        if claim.tags[index] is not Tag.NOUN:
            continue
        at = index - 1
        while at >= 0 and claim.tags[at] in (Tag.ADJECTIVE, Tag.NOUN):
            found.add(at)
            at -= 1
    return found


def _check_modality(alignment: Alignment, findings: Findings) -> None:
    """What may be, or is to be, does not support what is."""
    claim, source = alignment.claim, alignment.source
    for index, match in alignment.matches.items():
        if match.source < 0 or claim.tags[index] is Tag.NAME:
            continue
        mine, theirs = claim.modality[index], source.modality[match.source]
        if theirs > mine:
            word = "may be" if theirs is Modality.POSSIBLE else "is to be"
            findings.add(Effect.GAP, "modality", f"the source says what {word}, the claim what is")
            return
    for index, match in alignment.matches.items():
        at = match.source
        if at > 0 and source.tokens[at - 1].lower in _PRIVATIVE:
            mine_before = claim.tokens[index - 1].lower if index else ""
            if mine_before != source.tokens[at - 1].lower and not _in_the_past(claim):
                findings.add(
                    Effect.GAP,
                    "modality",
                    f"the source says “{source.tokens[at - 1].text} {source.tokens[at].text}”",
                )
                return


def _in_the_past(claim: Sentence) -> bool:
    return any(token.lower in ("was", "were", "had", "previously") for token in claim.tokens)


def _check_general(alignment: Alignment, findings: Findings) -> None:
    """A word more special than the source's: "a poodle" is not said by "a dog"."""
    claim, source = alignment.claim, alignment.source
    for index, match in alignment.matches.items():
        if match.relation is Relation.GENERAL and match.source >= 0:
            if claim.negation.parity[index] and source.negation.parity[match.source]:
                continue
            findings.add(
                Effect.GAP,
                "missing word",
                f"the source says only "
                f"“{source.tokens[match.source].text}”, not “{claim.tokens[index].text}”",
                (index,),
                claim.weights[index],
            )


def _check_owner(alignment: Alignment, findings: Findings) -> None:
    """ "an accountant's daughter" is no accountant: what only owns something is not said to be."""
    claim, source = alignment.claim, alignment.source
    for index, match in alignment.matches.items():
        if claim.tags[index] is not Tag.NOUN or match.source < 0:
            continue
        if _owns(source, match.source) and not _owns(claim, index) and claim.verb_of(index) < index:
            text = source.text[source.tokens[match.source].start : source.tokens[match.source].end]
            findings.add(
                Effect.GAP, "role", f"“{text}” is whose it is in the source", (index,), HEAVY_GAP
            )
            return


def _owns(sentence: Sentence, index: int) -> bool:
    after = sentence.tokens[index + 1].lower if index + 1 < len(sentence.tokens) else ""
    return after in ("'s", "’s", "'", "’")


def _name_missing(alignment: Alignment, findings: Findings) -> None:
    claim = alignment.claim
    for index in alignment.missing:
        if claim.tags[index] is not Tag.NAME:
            findings.add(
                Effect.GAP,
                "missing word",
                f"“{claim.tokens[index].text}” is not in the source",
                (index,),
                claim.weights[index],
            )
