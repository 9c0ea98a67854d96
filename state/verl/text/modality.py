"""Whether a clause states what is, what may be, or what is to come.

After the factuality degrees of FactBank (Saurí & Pustejovsky 2009), coarsely: fact, possible,
future. A possibility supports no fact; a fact supports the possibility.
"""

from enum import IntEnum

from state.verl.text.tokens import Token


class Modality(IntEnum):
    FACT = 0
    FUTURE = 1
    POSSIBLE = 2


_POSSIBLE = frozenset(
    """
    might could possibly perhaps maybe potentially allegedly reportedly rumored rumoured alleged
    hypothesized hypothesised speculated supposedly purportedly likely probably if whether would
    possible
    """.split()
)
_FUTURE_VERBS = frozenset(
    """
    expected planned plans plan scheduled intends intended hopes hoped aims set due wants
    proposed proposes considering slated projected planning anticipated
    """.split()
)
_STOPS = frozenset("; but however although though while whereas".split())


def find_modality(tokens: list[Token]) -> list[Modality]:
    """The modality of each token: a cue holds from where it stands to the end of its clause."""
    found = [Modality.FACT] * len(tokens)
    current = Modality.FACT
    for position, token in enumerate(tokens):
        text = token.lower
        after = tokens[position + 1].lower if position + 1 < len(tokens) else ""
        if text in _STOPS:
            current = Modality.FACT
        elif text in _POSSIBLE or (
            text == "may" and position and after and not token.is_capitalised
        ):
            current = Modality.POSSIBLE
        elif (text in ("will", "shall") and current is Modality.FACT and position) or (
            text in _FUTURE_VERBS and after == "to" and current is Modality.FACT
        ):
            current = Modality.FUTURE
        elif text in ("hypothesis", "theory") and after == "that":
            current = Modality.POSSIBLE
        elif text == "," and current is Modality.POSSIBLE and tokens[0].lower in ("if", "whether"):
            pass
        found[position] = current
    return found
