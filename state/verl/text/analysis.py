"""Everything the rules need to know of one sentence, found once."""

from state.verl.text.dates import When, find_dates
from state.verl.text.lexicon import lists
from state.verl.text.modality import find_modality
from state.verl.text.negation import find_negation
from state.verl.text.quantifiers import find_quantifiers
from state.verl.text.quantities import find_quantities
from state.verl.text.sentence import Sentence
from state.verl.text.stopwords import AUXILIARIES, FUNCTION, LIGHT, ONLY, PREPOSITIONS
from state.verl.text.tagging import Tag, tag
from state.verl.text.tokens import Token, tokenize
from state.verl.text.units import COUNT, ORDINAL
from state.verl.text.wordnet import VERB, senses
from state.verl.text.words import Word, word

_WEIGHTS = {Tag.NAME: 1.5, Tag.NOUN: 1.0, Tag.VERB: 0.9, Tag.ADJECTIVE: 0.8, Tag.ADVERB: 0.4}
_LIGHT_SHARE = 0.3
_MOTION = frozenset(
    """
    look walk come run climb jump sit stand lie move drive swim ride sail fly
    """.split()
)
_PARTICLES = frozenset("up out off down away over back".split())
# Words of order and place that say something although they are small.
_TELLING = frozenset(
    """
    before after above below under over inside outside against without than first last like same
    """.split()
)
_CLAUSE_ENDS = frozenset(
    """
    ; : but although though while whereas because when where who which
    """.split()
)


def analyse(text: str, start: int = 0, end: int | None = None) -> Sentence:
    """Finds tokens, words, tags, dates, quantities, negation and the rest in a sentence."""
    end = len(text) if end is None else end
    tokens = tokenize(text, start, end)
    words: list[Word | None] = [
        word(token.lower) if token.kind == "word" and token.lower[0] != "'" else None
        for token in tokens
    ]
    tags = tag(tokens, words)
    hidden = _merge_phrases(tokens, words, tags)
    dates = find_dates(tokens)
    in_dates = {at for when in dates for at in range(when.first, when.last + 1)}
    quantities = find_quantities(tokens, in_dates)
    spans = in_dates | {at for one in quantities for at in range(one.first, one.last + 1)}
    negation, cues = find_negation(tokens)
    quantifiers = {at: found for at, found in find_quantifiers(tokens).items() if at not in spans}
    sentence = Sentence(
        text,
        start,
        end,
        tokens,
        words,
        tags,
        dates,
        quantities,
        negation,
        find_modality(tokens),
        quantifiers,
        spans=spans,
    )
    _find_content(sentence, hidden | cues | spans | quantifiers.keys())
    _find_clauses(sentence)
    _find_names(sentence)
    _find_counted(sentence)
    sentence.life = _life_dates(sentence)
    return sentence


def _life_dates(sentence: Sentence) -> tuple[When, When] | None:
    """The dates of birth and death in "(7 November 1867 – 4 July 1934)"."""
    for left, right in zip(sentence.dates, sentence.dates[1:], strict=False):
        between = [token.text for token in sentence.tokens[left.last + 1 : right.first]]
        opened = left.first and sentence.tokens[left.first - 1].text == "("
        if opened and between in (["–"], ["-"], ["—"]):
            return left, right
    return None


def _merge_phrases(tokens: list[Token], words: list[Word | None], tags: list[Tag]) -> set[int]:
    """Puts the word that says the same in the place of a phrase; the rest of it is hidden."""
    hidden: set[int] = set()
    table = lists.phrases()
    for position, token in enumerate(tokens):
        if position in hidden or token.kind != "word":
            continue
        for phrase, instead in table.get(token.lower, ()):
            if tuple(other.lower for other in tokens[position : position + len(phrase)]) == phrase:
                words[position] = word(instead)
                if tags[position] is Tag.FUNCTION:
                    tags[position] = Tag.VERB
                hidden.update(range(position + 1, position + len(phrase)))
                break
        else:
            after = tokens[position + 1].lower if position + 1 < len(tokens) else ""
            known = words[position]
            is_motion = known is not None and not known.lemmas.isdisjoint(_MOTION)
            if after in _PARTICLES and tags[position] is Tag.VERB and not is_motion:
                for lemma in known.lemmas if known else ():
                    if senses(f"{lemma}_{after}", VERB):
                        words[position] = word(f"{lemma} {after}")
                        hidden.add(position + 1)
                        break
    return hidden


def _find_content(sentence: Sentence, skipped: set[int]) -> None:
    for position, token in enumerate(sentence.tokens):
        if position in skipped or sentence.words[position] is None or token.lower in ONLY:
            continue
        text = token.lower
        if text in _TELLING or (text in ("up", "down") and sentence.tags[position - 1] is Tag.VERB):
            weight = 0.4
        elif (text in FUNCTION and sentence.tags[position] is not Tag.VERB) or text in AUXILIARIES:
            continue
        else:
            weight = _WEIGHTS.get(sentence.tags[position], 0.5)
            if text in LIGHT and sentence.tags[position] is not Tag.NAME:
                weight *= _LIGHT_SHARE
        sentence.content.append(position)
        sentence.weights[position] = weight


def _find_clauses(sentence: Sentence) -> None:
    clause = 0
    tags, tokens = sentence.tags, sentence.tokens
    for position, token in enumerate(tokens):
        if token.lower in _CLAUSE_ENDS or (
            token.lower in ("and", ",")
            and (_verb_follows(sentence, position) or _clause_follows(sentence, position, clause))
        ):
            clause += 1
        sentence.clauses.append(clause)
        is_copula = token.lower in ("is", "are", "was", "were", "has", "had", "have") and not (
            position + 1 < len(tokens) and tags[position + 1] is Tag.VERB
        )
        if tags[position] is Tag.VERB or is_copula:
            sentence.verbs.append(position)


def _verb_follows(sentence: Sentence, position: int) -> bool:
    following = position + 1
    while following < len(sentence.tokens) and sentence.tags[following] is Tag.ADVERB:
        following += 1
    return following < len(sentence.tokens) and (
        sentence.tags[following] is Tag.VERB or sentence.tokens[following].lower in AUXILIARIES
    )


def _clause_follows(sentence: Sentence, position: int, clause: int) -> bool:
    """ "Ann sang and Bob danced": another subject and its verb, after a clause with a verb."""
    if not any(sentence.clauses[verb] == clause for verb in sentence.verbs):
        return False
    for at in range(position + 1, min(position + 6, len(sentence.tokens))):
        lower = sentence.tokens[at].lower
        if sentence.tags[at] is Tag.VERB or lower in AUXILIARIES:
            return at > position + 1 and not lower.endswith("ing")
        if lower in (",", "and", "or", "who", "which", "that") or lower in PREPOSITIONS:
            return False
    return False


def _find_names(sentence: Sentence) -> None:
    """Stretches of names: "Bank of England", "Marie Curie"."""
    position, tags, tokens = 0, sentence.tags, sentence.tokens
    while position < len(tokens):
        if tags[position] is not Tag.NAME or position in sentence.spans:
            position += 1
            continue
        last = position
        while last + 1 < len(tokens):
            if tags[last + 1] is Tag.NAME and last + 1 not in sentence.spans:
                last += 1
            elif (
                tokens[last + 1].lower
                in ("of", "de", "von", "van", "der", "la", "al", "bin", "-", ".")
                and last + 2 < len(tokens)
                and tags[last + 2] is Tag.NAME
            ):
                last += 2
            else:
                break
        sentence.names.append((position, last))
        position = last + 1


def _summed_up(sentence: Sentence, index: int) -> int:
    """ "a population of 24,318": the noun itself is what is counted."""
    return index if sentence.tokens[index].lower in ("population", "audience") else -1


def _find_counted(sentence: Sentence) -> None:
    """Which noun a bare number counts: the last of the nouns that follow it."""
    for quantity in sentence.quantities:
        if quantity.unit not in (COUNT, ORDINAL):
            continue
        noun = -1
        for at in range(quantity.last + 1, min(quantity.last + 6, len(sentence.tokens))):
            tag_there = sentence.tags[at]
            if tag_there in (Tag.NOUN, Tag.NAME):
                noun = at
            elif tag_there is Tag.VERB and sentence.tokens[at].lower.endswith(("ed", "ing")):
                continue  # "confirmed cases"
            elif tag_there is Tag.ADJECTIVE or sentence.tokens[at].lower in (
                "of",
                "the",
                "-",
                "different",
            ):
                continue
            else:
                break
            if noun >= 0 and sentence.tokens[at].lower.endswith("s"):
                break
        quantity.noun = noun
        if noun >= 0 and sentence.tokens[noun].lower == "times":
            noun = quantity.noun = sentence.verb_of(quantity.first)  # "viewed 5 times"
        before = quantity.first - 1
        if noun < 0 and before > 0 and sentence.tokens[before].lower == "of":
            quantity.noun = _summed_up(sentence, before - 1)
        elif (
            noun < 0 <= before
            and quantity.unit is COUNT
            and sentence.tags[before] in (Tag.NOUN, Tag.NAME)
        ):
            quantity.noun, quantity.is_label = before, float(quantity.value).is_integer()
