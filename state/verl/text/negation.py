"""Negation and its scope, after NegEx (Chapman et al. 2001) and the *SEM 2012 task.

A cue negates what follows it up to the end of its clause; a few negate what stands before them.
Two cues over the same words cancel each other.
"""

from state.verl.text.tokens import Token

_CUES = frozenset(
    """
    not no never none nobody nothing nowhere neither nor without cannot hardly scarcely barely
    zero
    """.split()
)
_VERB_CUES = frozenset(
    """
    deny denies denied denying avoid avoided avoids refute refuted
    refutes disprove disproved
    """.split()
)
_WITHOUT_CUES = frozenset("lack lacks lacked lacking".split())
_SUFFIXES = frozenset("free deficient".split())
_BEFORE_TO = frozenset(
    """
    fail fails failed failing refuse refuses refused refusing decline declined declines neglect
    neglected unable unwilling forgot forget forgets
    """.split()
)
_BACKWARD = (
    ("is", "false"),
    ("was", "false"),
    ("is", "untrue"),
    ("be", "ruled", "out"),
    ("was", "ruled", "out"),
    ("were", "ruled", "out"),
    ("is", "a", "myth"),
    ("is", "unlikely"),
)
_FORWARD_PHRASES = (
    ("no", "longer"),
    ("free", "of"),
    ("free", "from"),
    ("absence", "of"),
    ("lack", "of"),
    ("false", "that"),
    ("far", "from"),
    ("instead", "of"),
    ("rather", "than"),
    ("failure", "to"),
    ("ruled", "out"),
    ("rule", "out"),
    ("rules", "out"),
    ("anything", "but"),
    ("not", "true", "that"),
    ("prevented", "from"),
    ("ceased", "to"),
    ("stopped", "from"),
    ("banned", "from"),
    ("prohibited", "from"),
    ("barred", "from"),
    ("denied", "that"),
    ("myth", "that"),
)
_PSEUDO = (
    ("not", "only"),
    ("not", "just"),
    ("not", "merely"),
    ("not", "simply"),
    ("not", "until"),
    ("no", "doubt"),
    ("no", "less"),
    ("no", "more", "than"),
    ("no", "fewer"),
    ("no", "later"),
    ("no", "earlier"),
    ("not", "less", "than"),
    ("not", "more", "than"),
    ("not", "necessarily"),
    ("nothing", "but"),
    ("no", "matter"),
    ("not", "all"),
    ("not", "every"),
    ("not", "everyone"),
    ("no", "."),
    ("not", "fewer"),
    ("not", "always"),
)
_STOPS = frozenset(
    """
    , ; : ( ) but although though because however while whereas which who except until unless —
    – if when since yet after before
    """.split()
)
_NOUN_PHRASE_STOPS = _STOPS | frozenset(
    "and or in on at by for to with from is are was were".split()
)


class Negation:
    """Which tokens are negated, and by which cues."""

    __slots__ = ("cues", "parity")

    def __init__(self, size: int) -> None:
        self.parity = [False] * size
        self.cues: list[tuple[int, int, int]] = []
        """Where a cue stands, and the first and last token of its scope."""

    def add(self, cue: int, first: int, last: int) -> None:
        if last >= first:
            self.cues.append((cue, first, last))
            for position in range(first, last + 1):
                self.parity[position] = not self.parity[position]


def find_negation(tokens: list[Token]) -> tuple[Negation, set[int]]:
    """The negation of a sentence, and the tokens that are cues."""
    texts = [token.lower for token in tokens]
    negation = Negation(len(tokens))
    used: set[int] = set()
    position = 0
    while position < len(tokens):
        text = texts[position]
        size = _matches(texts, position, _PSEUDO)
        if size:
            position += size
            continue
        size = _matches(texts, position, _FORWARD_PHRASES)
        if size:
            used.update(range(position, position + size))
            negation.add(position, position + size, _end(texts, position + size, _STOPS))
            position += size
            continue
        size = _matches(texts, position, _BACKWARD)
        if size:
            used.update(range(position, position + size))
            negation.add(position + size - 1, _begin(texts, position), position - 1)
            position += size
            continue
        if text in _CUES:
            if text == "nor" and "neither" in texts[:position]:
                used.add(position)
                position += 1
                continue
            used.add(position)
            stops = _NOUN_PHRASE_STOPS if text == "without" else _STOPS
            end = _end(texts, position + 1, stops)
            begin = position + 1
            if text in ("nothing", "nobody", "none", "neither", "nowhere") and end < begin:
                begin, end = _begin(texts, position), position - 1
            elif text in ("nothing", "no", "none", "nobody") and position:
                begin = _verb_before(texts, position)
                end = max(end, position)
            negation.add(position, begin, end)
        elif text in _WITHOUT_CUES:
            used.add(position)
            negation.add(position, position + 1, _end(texts, position + 1, _NOUN_PHRASE_STOPS))
        elif text in _SUFFIXES and position > 1 and texts[position - 1] == "-":
            used.update((position - 1, position))
            negation.add(position, position - 2, position - 2)  # "oxygen-free", "iron-deficient"
        elif text in _VERB_CUES or (
            text in _BEFORE_TO and position + 1 < len(texts) and texts[position + 1] == "to"
        ):
            used.add(position)
            negation.add(position, position + 1, _end(texts, position + 1, _STOPS))
        position += 1
    return negation, used


def _matches(texts: list[str], position: int, phrases: tuple[tuple[str, ...], ...]) -> int:
    for phrase in phrases:
        if (
            texts[position] == phrase[0]
            and tuple(texts[position : position + len(phrase)]) == phrase
        ):
            return len(phrase)
    return 0


def _end(texts: list[str], start: int, stops: frozenset[str]) -> int:
    for position in range(start, len(texts)):
        if texts[position] in stops and position > start:
            return position - 1
        if texts[position] in (".", "!", "?"):
            return position - 1
    return len(texts) - 1


def _begin(texts: list[str], before: int) -> int:
    for position in range(before - 1, -1, -1):
        if texts[position] in _STOPS:
            return position + 1
    return 0


def _verb_before(texts: list[str], position: int) -> int:
    """ "has no children", "found nothing": the verb before the cue is negated with its object."""
    begin = _begin(texts, position)
    return max(begin, position - 2)
