"""Compares how much of a thing is meant: all, most, some, only, the second-largest."""

from state.verl.text import quantifiers
from state.verl.text.alignment import Alignment
from state.verl.text.findings import Effect, Findings
from state.verl.text.intervals import Fit
from state.verl.text.quantifiers import Quantifier
from state.verl.text.sentence import Sentence
from state.verl.text.stopwords import ONLY
from state.verl.text.tagging import Tag
from state.verl.text.units import ORDINAL

_EVERYBODY = frozenset({"everyone", "everybody", "always"})
_WEAK = frozenset({Quantifier.SOME, Quantifier.FEW, Quantifier.NOT_ALL})


def compare_quantifiers(alignment: Alignment, findings: Findings) -> None:
    """Adds findings for quantifiers whose noun both sentences have."""
    claim, source = alignment.claim, alignment.source
    theirs = {_noun_of(source, index): found for index, found in source.quantifiers.items()}
    judged: set[int] = set()
    for index, mine in claim.quantifiers.items():
        noun = _noun_of(claim, index)
        target = alignment.target(noun)
        judged.add(target)
        other = theirs.get(target) if target >= 0 else None
        is_everybody = claim.tokens[index].lower in _EVERYBODY
        if other is None and len(theirs) == len(claim.quantifiers) == 1 and not is_everybody:
            other = next(iter(theirs.values()))
            judged.update(theirs)
        if other is None:
            if is_everybody:
                text = f"the source does not say it of “{claim.tokens[index].text}”"
                findings.add(Effect.GAP, "quantifier", text, (index,))
            _against_share(alignment, mine, target, index, findings)
            continue
        fit = quantifiers.compare(mine, other)
        text = f"the claim says “{mine.value}”, the source “{other.value}”"
        if fit is Fit.APART:
            findings.add(Effect.CONFLICTS, "quantifier", text, (index,))
        elif fit is Fit.OVERLAPS:
            findings.add(Effect.GAP, "quantifier", text, (index,))
    for target, other in theirs.items():
        if target in judged or other not in _WEAK:
            continue
        for match in alignment.matches.values():
            if match.source == target and not claim.quantifiers:
                findings.add(
                    Effect.GAP, "quantifier", f"the source says it only of {other.value}", ()
                )
                break


def _noun_of(sentence: Sentence, index: int) -> int:
    """The noun a quantifier stands before, else the next content word."""
    following = [at for at in sentence.content if at > index]
    for at in following[:3]:
        if sentence.tags[at] in (Tag.NOUN, Tag.NAME):
            return at
    return following[0] if following else -2


def _against_share(
    alignment: Alignment, mine: Quantifier, target: int, index: int, findings: Findings
) -> None:
    """ "most" against "60%"."""
    for quantity in alignment.source.quantities:
        if quantity.unit.dimension != "percent":
            continue
        near = range(quantity.last + 1, quantity.last + 5)
        if target not in near and not any(
            match.source in near and match.agrees for match in alignment.matches.values()
        ):
            continue
        share = quantity.value
        if mine is Quantifier.ALL:
            effect = Effect.AGREES if share >= 100 else Effect.CONFLICTS
        elif mine is Quantifier.MOST:
            effect = Effect.AGREES if share > 50 else Effect.CONFLICTS
        elif mine is Quantifier.FEW:
            effect = Effect.AGREES if share < 25 else Effect.CONFLICTS
        else:
            effect = Effect.AGREES if share > 0 else Effect.CONFLICTS
        findings.add(
            effect,
            "quantifier",
            f"the claim says “{mine.value}”, the source {quantity.text}",
            (index,),
        )
        return


def compare_only(alignment: Alignment, findings: Findings) -> None:
    """ "only" in the claim: a second item beside it in the source contradicts it."""
    claim, source = alignment.claim, alignment.source
    theirs = {token.lower for token in source.tokens} & ONLY
    for index, token in enumerate(claim.tokens):
        if token.lower not in ONLY or theirs:
            continue
        for at in (other for other in claim.content if other > index):
            target = alignment.target(at)
            if target < 0:
                continue
            rival = _coordinated(alignment, target)
            if rival >= 0:
                findings.add(
                    Effect.CONFLICTS,
                    "quantifier",
                    f"the claim says “{token.text}”, the "
                    f"source also names “{source.tokens[rival].text}”",
                    (index,),
                )
                return
        findings.add(Effect.GAP, "quantifier", f"the source does not say “{token.text}”", (index,))
        return


def _coordinated(alignment: Alignment, target: int) -> int:
    """A word of the same kind joined to the target by "and" or a comma that the claim lacks."""
    source = alignment.source
    met = {match.source for match in alignment.matches.values()}
    for step in (1, -1):
        at, joined = target + step, False
        while 0 <= at < len(source.tokens) and abs(at - target) <= 5:
            lower = source.tokens[at].lower
            if lower in (",", "and", "or", "as"):
                joined = True
            elif at in source.verbs:
                break
            elif joined and at not in met and source.tags[at] is source.tags[target]:
                return at
            at += step
    return -1


def compare_rank(alignment: Alignment, findings: Findings) -> None:
    """ "the largest" against "the second-largest"."""
    claim, source = alignment.claim, alignment.source
    ranks = {}
    for quantity in source.quantities:
        if quantity.unit is ORDINAL:
            after = quantity.last + 1
            if after < len(source.tokens) and source.tokens[after].text == "-":
                after += 1
            ranks[after] = quantity
    mine = {quantity.last for quantity in claim.quantities if quantity.unit is ORDINAL}
    for position, match in alignment.matches.items():
        rank = ranks.get(match.source)
        text = claim.tokens[position].lower
        superlative = text.endswith("est") or claim.tokens[position - 1].lower == "most"
        if rank and superlative and not mine and rank.value > 1:
            findings.add(
                Effect.CONFLICTS,
                "number",
                f"the source says “{rank.text} {source.tokens[match.source].text}”",
                (position,),
            )
