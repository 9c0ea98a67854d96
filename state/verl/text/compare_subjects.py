"""Compares what is said of whom: another clause may say the same words of another thing."""

from state.verl.text.alignment import Alignment
from state.verl.text.findings import Effect, Findings
from state.verl.text.sentence import Sentence
from state.verl.text.stopwords import AUXILIARIES, PREPOSITIONS
from state.verl.text.tagging import Tag

_MOST = frozenset({"most", "least", "first", "last", "only"})
_DEGREES = ({"most", "least"}, {"more", "less"})


def check_subject(alignment: Alignment, findings: Findings) -> None:
    """Whether the source says the verb of somebody else: "Ann sang and Bob danced"."""
    claim, source = alignment.claim, alignment.source
    for verb in claim.verbs:
        target = alignment.target(verb)
        if target < 0 or claim.tags[verb] is not Tag.VERB or source.tags[target] is not Tag.VERB:
            continue
        match = alignment.matches[verb]
        if not match.agrees or claim.is_passive(verb) or source.is_passive(target):
            continue
        subjects = claim.subjects_of(verb)
        there = {alignment.target(index) for index in subjects if index in claim.weights}
        theirs = source.subjects_of(target)
        if not there or not theirs or there & {-1, *theirs}:
            continue
        name = source.text[source.tokens[theirs[0]].start : source.tokens[theirs[-1]].end]
        findings.add(
            Effect.CONFLICTS,
            "role",
            f"the source says “{source.tokens[target].text}” of “{name}”",
            tuple(subjects),
        )
        return


def check_thing(alignment: Alignment, findings: Findings) -> None:
    """The same for things: "revenue rose, but profit fell" says nothing of a fall of revenue."""
    claim, source = alignment.claim, alignment.source
    for verb in claim.verbs:
        match = alignment.matches.get(verb)
        if match is None or match.source < 0 or source.tags[match.source] is not Tag.VERB:
            continue
        if claim.is_passive(verb) is not source.is_passive(match.source):
            continue
        mine, theirs = _thing_before(claim, verb), _thing_before(source, match.source)
        there = alignment.target(mine)
        if mine < 0 or theirs < 0 or there < 0 or there == theirs:
            continue
        if source.clauses[there] == source.clauses[match.source]:
            continue
        if source.tags[there] is source.tags[theirs] is Tag.NAME:
            continue  # somebody: ``check_subject`` tells
        said = f"the source says “{source.tokens[match.source].text}” of “"
        findings.add(Effect.GAP, "role", f"{said}{source.tokens[theirs].text}”", (mine,))
        return


def _thing_before(sentence: Sentence, verb: int) -> int:
    """The noun right before a verb, in its clause; -1 when another word is there."""
    for at in range(verb - 1, -1, -1):
        if sentence.clauses[at] != sentence.clauses[verb]:
            return -1
        if sentence.tags[at] in (Tag.NOUN, Tag.NAME):
            return -1 if sentence.preposition_of(at) else at
        is_between = at in sentence.verbs or sentence.tokens[at].lower in AUXILIARIES
        if sentence.tags[at] is not Tag.ADVERB and not is_between:
            return -1
    return -1


def check_predicate(alignment: Alignment, findings: Findings) -> None:
    """What a clause says of its own subject: "Ann was the first, while Bob was the last"."""
    claim, source = alignment.claim, alignment.source
    verb = next(iter(claim.verbs), -1)
    if verb < 0 or claim.tags[verb] is Tag.VERB:
        return
    subject = alignment.target(_named_before(claim, verb))
    said = next((at for at in claim.content if at > verb), -1)
    there = alignment.target(said)
    if subject < 0 or there < 0 or source.clauses[subject] == source.clauses[there]:
        return
    for other in source.verbs:
        if source.clauses[other] == source.clauses[there] and other < there:
            name = _named_before(source, other)
            if name >= 0 and name != subject and source.clauses[name] == source.clauses[there]:
                text = f"the source says “{source.tokens[there].text}” of “"
                superlative = claim.tokens[said - 1].lower in _MOST
                effect = Effect.CONFLICTS if superlative else Effect.GAP
                findings.add(effect, "role", f"{text}{source.tokens[name].text}”", (said,))
                return


def _named_before(sentence: Sentence, verb: int) -> int:
    for at in range(verb - 1, -1, -1):
        if sentence.tags[at] is Tag.NAME and at in sentence.weights:
            return -1 if sentence.preposition_of(at) else at
    return -1


def check_degree(alignment: Alignment, findings: Findings) -> None:
    """ "the most affected" against "the least affected"."""
    claim, source = alignment.claim, alignment.source
    for index, match in alignment.matches.items():
        if match.source < 1 or index < 1 or not match.agrees:
            continue
        mine, theirs = claim.tokens[index - 1].lower, source.tokens[match.source - 1].lower
        if {mine, theirs} in _DEGREES:
            text = f"the claim says “{mine} {claim.tokens[index].text}”, the source “{theirs}”"
            findings.add(Effect.CONFLICTS, "antonym", text, (index,))
            return


def check_adjuncts(alignment: Alignment, findings: Findings) -> None:
    """ "built in Hungary and shipped to Spain" does not say "built in Spain"; but "sang and danced
    at the wedding" are both said of the wedding.
    """
    claim, source = alignment.claim, alignment.source
    verb = alignment.matches.get(next(iter(claim.verbs), -1))
    if verb is None or verb.source < 0 or len(claim.verbs) != 1:
        return
    for index, match in alignment.matches.items():
        if index < verb.claim or match.source < 0 or not claim.preposition_of(index):
            continue
        other = source.verb_of(match.source)
        is_between = verb.source < other < match.source and source.tags[other] is Tag.VERB
        own = {token.lower for token in source.tokens[verb.source + 1 : other]} & PREPOSITIONS
        if is_between and own and source.clauses[other] != source.clauses[verb.source]:
            text = f"the source says “{source.tokens[other].text}” of “"
            said = f"{text}{source.tokens[match.source].text}”"
            findings.add(Effect.GAP, "role", said, (index,))
            return
