"""Supported, refuted or unknown: what a source says of a claim, with the passage that decides.

The task and its three labels are FEVER's (Thorne et al. 2018); that near-identical passages may
decide differently is VitaminC's lesson (Schuster et al. 2021). A claim is compared with single
sentences, as SummaC (Laban et al. 2022) does: a whole document dilutes what one sentence says.
Refuted needs evidence of a conflict; what the source does not say is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from state.verl.text.claims import split_claim
from state.verl.text.comparison import Comparison, compare
from state.verl.text.findings import Effect
from state.verl.text.passages import Source
from state.verl.text.relations import Relation
from state.verl.text.sentence import Sentence
from state.verl.text.sentences import Span
from state.verl.text.tagging import Tag

CANDIDATES = 4
VERBATIM = 0.99
WORD_FOR_WORD = "word: the source says it word for word"
# The least share of a claim's weight that has to be found, and the most that may be missing.
SUPPORT_COVERAGE = 0.78
REFUTE_REST = 0.75
WIDEST = 35
"""Words that lie further apart in a sentence are not about one thing."""
_OTHER_EVENT = frozenset({"name", "modality", "number", "date", "role"})
"""What the source does not say of these may make it another event."""
_ASIDE = frozenset({"than", "behind", "unlike"})
"""What leads to another thing, with which that of the sentence is compared."""
HEAVY = 0.8
SMALL_GAP = 0.35
"""A missing word below this weight leaves a claim supported (light words, adverbs)."""


class Label(StrEnum):
    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(slots=True, frozen=True)
class Judgement:
    """What a source says of a claim. ``support`` 0–1 grows with the source's support, whatever
    the label; ``passage`` is the stretch of the source that decided, or None.
    """

    label: Label
    confidence: float
    support: float
    passage: Span | None
    reasons: tuple[str, ...]


MOST_PARTS = 50
"""Sub-claims of one claim; who says more says no single fact."""
TOO_LONG = Judgement(
    Label.UNKNOWN, 0.9, 0.0, None, (f"missing word: only {MOST_PARTS} sub-claims were judged",)
)
NOTHING_SAID = Judgement(Label.UNKNOWN, 0.9, 0.0, None, ("missing word: the claim has no words",))


def judge(claim: str, source: Source) -> Judgement:
    """The verdict on a claim; one of several sub-claims that is refuted refutes it."""
    number = source.verbatim(claim)
    if number >= 0:
        sentence = source.sentences[number]
        passage = Span(sentence.start, sentence.end)
        return Judgement(Label.SUPPORTED, VERBATIM, 1.0, passage, (WORD_FOR_WORD,))
    return judge_parts(split_claim(claim), source)


def judge_parts(parts: Sequence[Sentence], source: Source) -> Judgement:
    """The same for a claim that was split before."""
    if not parts:
        return NOTHING_SAID
    judged = [judge_part(part, source) for part in parts[:MOST_PARTS]]
    if len(parts) > MOST_PARTS:
        judged.append(TOO_LONG)
    return together(judged)


def together(judged: Sequence[Judgement]) -> Judgement:
    """The verdict on a claim from those on its parts: all must be supported, one refutes."""
    if len(judged) == 1:
        return judged[0]
    refuted = [one for one in judged if one.label is Label.REFUTED]
    unknown = [one for one in judged if one.label is Label.UNKNOWN]
    support = sum(one.support for one in judged) / len(judged)
    reasons = tuple(dict.fromkeys(reason for one in judged for reason in one.reasons))
    if refuted:
        decisive = max(refuted, key=lambda one: one.confidence)
        support = min(support, decisive.support + 0.1)
    elif unknown:
        decisive = min(unknown, key=lambda one: one.support)
    else:
        decisive = min(judged, key=lambda one: one.confidence)
    return Judgement(
        decisive.label, decisive.confidence, round(support, 4), decisive.passage, reasons
    )


def judge_part(part: Sentence, source: Source) -> Judgement:
    """The verdict on one sub-claim: the sentences that share most with it are compared."""
    numbers = source.candidates(part, CANDIDATES)
    best: tuple[tuple[float, float], Judgement] | None = None
    for number in numbers:
        comparison = compare(part, source.sentences[number], _context(source, number))
        judgement = _decide(comparison, source.sentences[number])
        rank = _rank(comparison, judgement)
        if best is None or rank > best[0]:
            best = (rank, judgement)
    if best is None:
        return Judgement(
            Label.UNKNOWN, 0.95, 0.0, None, ("missing word: the source says nothing of it",)
        )
    return best[1]


def _context(source: Source, number: int) -> tuple[Sentence, ...]:
    """What a sentence may take for granted: the sentence before it, and the first one."""
    if number == 0:
        return ()
    if number == 1:
        return (source.sentences[0],)
    return (source.sentences[number - 1], source.sentences[0])


def _rank(comparison: Comparison, judgement: Judgement) -> tuple[float, float]:
    """Which of several sentences decides: support, then conflict, by how much they share."""
    if judgement.label is Label.SUPPORTED:
        return (comparison.coverage + 0.1, judgement.confidence)
    if judgement.label is Label.REFUTED:
        return (comparison.rest * 0.95, judgement.confidence)
    return (comparison.coverage * 0.7, judgement.confidence)


def _decide(comparison: Comparison, sentence: Sentence) -> Judgement:
    conflicts = comparison.of(Effect.CONFLICTS)
    gaps = [finding for finding in comparison.of(Effect.GAP) if finding.weight >= SMALL_GAP]
    passage = Span(sentence.start, sentence.end)
    share = comparison.coverage
    reasons = tuple(
        finding.reason
        for effect in (Effect.CONFLICTS, Effect.GAP, Effect.AGREES)
        for finding in comparison.of(effect)
    )
    if not conflicts and not gaps and share >= SUPPORT_COVERAGE and comparison.anchored:
        confidence = min(0.97, 0.55 + 0.45 * share)
        if not reasons:
            reasons = ("word: every word of the claim is met in the source",)
        return Judgement(Label.SUPPORTED, round(confidence, 4), round(share, 4), passage, reasons)
    if conflicts and comparison.anchored and _is_about_the_same(comparison, len(conflicts)):
        strength = max(finding.weight for finding in conflicts)
        confidence = min(0.97, strength * (0.45 + 0.5 * comparison.rest))
        support = min(0.2, 0.2 * share)
        return Judgement(Label.REFUTED, round(confidence, 4), round(support, 4), passage, reasons)
    support = share * (0.45 if conflicts else 0.65)
    confidence = 0.9 - 0.45 * max(0.0, share - 0.4)
    if not reasons:
        reasons = ("missing word: too little of the claim is in the source",)
    return Judgement(
        Label.UNKNOWN,
        round(confidence, 4),
        round(support, 4),
        passage if share > 0.3 else None,
        reasons,
    )


def _is_about_the_same(comparison: Comparison, conflicts: int) -> bool:
    """A conflict counts when the rest agrees, and the rest is not about another time or name."""
    if comparison.rest < REFUTE_REST:
        return False
    gaps = comparison.of(Effect.GAP)
    if any(gap.kind in _OTHER_EVENT for gap in gaps) or comparison.spread > WIDEST:
        return False
    missing = [gap for gap in gaps if gap.kind == "missing word" and gap.weight >= HEAVY]
    if len(missing) > 1:
        return False
    kinds = {finding.kind for finding in comparison.of(Effect.CONFLICTS)}
    if len(kinds) > 1 and kinds & {"date", "name"}:
        return False
    return len(kinds) <= 2 and _has_subject(comparison)


def _has_subject(comparison: Comparison) -> bool:
    """Whether the source speaks of the claim's subject: the last noun or name before its verb."""
    claim = comparison.alignment.claim
    verb = next(iter(claim.verbs), -1)
    for index in range(verb - 1, -1, -1):
        if claim.weights.get(index, 0.0) >= HEAVY and claim.tags[index] in (Tag.NOUN, Tag.NAME):
            if claim.preposition_of(index) and any(
                before in claim.weights and claim.tags[before] in (Tag.NOUN, Tag.NAME)
                for before in range(index)
            ):
                continue  # "the wall of the house": the wall is what is spoken of
            match = comparison.alignment.matches.get(index)
            if match is not None and match.relation is not Relation.GENERAL:
                exchanged = any(one.kind == "role" for one in comparison.of(Effect.CONFLICTS))
                return exchanged or not _is_aside(comparison.alignment.source, match.source)
            return any(index in finding.tokens for finding in comparison.of(Effect.CONFLICTS))
    return True


def _is_aside(source: Sentence, index: int) -> bool:
    """Whether a thing is only compared with; in "more than 113,000 cases" nothing is."""
    if source.preposition_of(index) not in _ASIDE:
        return False
    leading = range(index - 1, max(index - 6, -1), -1)
    than = next((at for at in leading if source.tokens[at].lower in _ASIDE), -1)
    return than >= 0 and than not in source.spans
