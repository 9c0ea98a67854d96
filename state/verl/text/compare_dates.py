"""Compares the dates of a claim with those of a sentence, of the same verb where it has several."""

from state.verl.text import dates
from state.verl.text.alignment import Alignment
from state.verl.text.dates import When
from state.verl.text.findings import Effect, Findings
from state.verl.text.intervals import Fit
from state.verl.text.sentence import Sentence
from state.verl.text.tagging import Tag

_ENDS = frozenset({"until", "till", "since"})
_BIRTH = frozenset({"born", "birth", "bear"})
_DEATH = frozenset({"die", "died", "death", "pass away", "kill", "killed", "murdered"})


def compare_dates(alignment: Alignment, findings: Findings) -> None:
    """Adds one finding for every date of the claim."""
    claim, source = alignment.claim, alignment.source
    for wanted in claim.dates:
        tokens = tuple(range(wanted.first, wanted.last + 1))
        if not source.dates:
            findings.add(Effect.GAP, "date", f"the source does not say {wanted.text}", tokens)
            continue
        chosen = _dates_of_same_verb(alignment, wanted)
        fits = [_fit(claim, wanted, source, other) for other in chosen]
        if Fit.WITHIN in fits:
            other = chosen[fits.index(Fit.WITHIN)]
            findings.add(Effect.AGREES, "date", f"{wanted.text} fits {other.text}", tokens)
        elif Fit.OVERLAPS in fits:
            other = chosen[fits.index(Fit.OVERLAPS)]
            findings.add(Effect.GAP, "date", f"the source says only {_date(source, other)}", tokens)
        elif _is_of_other_clause(alignment, wanted, chosen[0]):
            findings.add(Effect.GAP, "date", f"the source does not say {wanted.text}", tokens)
        else:
            findings.add(
                Effect.CONFLICTS,
                "date",
                f"the claim says {_date(claim, wanted)}, the source {_date(source, chosen[0])}",
                tokens,
            )


def _fit(claim: Sentence, mine: When, source: Sentence, theirs: When) -> Fit:
    """ "Until 1997" is not "until 1995", though all the days until 1995 are until 1997."""
    bounds = {claim.tokens[mine.first].lower, source.tokens[theirs.first].lower}
    found = dates.compare(mine, theirs)
    if found is Fit.WITHIN and len(bounds) == 1 and bounds <= _ENDS:
        return Fit.WITHIN if dates.compare(theirs, mine) is Fit.WITHIN else Fit.APART
    return found


def _is_of_other_clause(alignment: Alignment, wanted: When, other: When) -> bool:
    """Whether the source dates something else: its date stands in another clause than the verb."""
    claim, source = alignment.claim, alignment.source
    verb = claim.verb_of(wanted.first)
    target = alignment.target(verb)
    if source.life is not None:
        return False
    if target < 0:
        is_told = verb in claim.weights and claim.tags[verb] is Tag.VERB
        return is_told and any(
            source.clauses[one] == source.clauses[other.first] for one in source.verbs
        )
    return source.clauses[target] != source.clauses[other.first]


def _date(sentence: Sentence, when: When) -> str:
    start, end = sentence.tokens[when.first].start, sentence.tokens[when.last].end
    return f"“{sentence.text[start:end]}”"


def _dates_of_same_verb(alignment: Alignment, wanted: When) -> list[When]:
    claim, source = alignment.claim, alignment.source
    verb = claim.verb_of(wanted.first)
    life = source.life
    if life and verb >= 0:
        word = claim.words[verb]
        lemmas = word.lemmas if word is not None else frozenset()
        if lemmas & _BIRTH:
            return [life[0]]
        if lemmas & _DEATH:
            return [life[1]]
    target = alignment.target(verb)
    if target >= 0 and len(source.dates) > 1:
        same = [other for other in source.dates if source.verb_of(other.first) == target]
        if same:
            return same
    return source.dates
