"""Cuts a text into sentences, each with its place in the text.

Rules after Grefenstette & Tapanainen (1994): a full stop ends a sentence unless it belongs to an
abbreviation, an initial or a number. Empty lines and list items end one as well.
"""

import re
from typing import NamedTuple

_BREAK = re.compile(
    r"[.!?…][\"'”’)\]]*(?=\s|$)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*•#]|\d+[.)]\s))|[。！？]"
)
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof sr jr st vs etc e.g i.e cf fig figs no nos vol pp p ca approx inc ltd co
    corp dept est gen gov hon lt maj col capt sgt rep sen rev al eq sec ch ed eds mt ft jan feb
    mar apr jun jul aug sep sept oct nov dec u.s u.k u.n a.m p.m b.c a.d ph.d m.d d.c
    """.split()
)
# These do end sentences, when what follows looks like a beginning.
_MAY_END = frozenset(
    """
    etc inc ltd co corp jr sr u.s u.k u.n a.m p.m b.c a.d ph.d m.d d.c
    """.split()
)
_STARTERS = frozenset(
    """
    the a an it he she they we i this that these those in on at however but and as for its his
    her their there when while after before if although
    """.split()
)
_LAST_WORD = re.compile(r"[^\s(\[\"'“]+$")
_NEXT_WORD = re.compile(r"\s*[\"'“(\[]*([^\W_]+)")


LONGEST = 1000
"""Characters of a sentence: what is longer is no prose, and is cut at blanks. The rules' cost grows
with the square of a sentence's length.
"""
_CUTS = (" ", "\n", "\t", ",", ";")


class Span(NamedTuple):
    """A stretch of a text: ``text[start:end]``."""

    start: int
    end: int


def sentences(text: str) -> list[Span]:
    """The sentences of a text in order, without the white space around them."""
    spans: list[Span] = []
    start = 0
    for stop in _BREAK.finditer(text):
        if stop.group()[0] == "." and not _ends_sentence(text, start, stop.start(), stop.end()):
            continue
        _add(spans, text, start, stop.end())
        start = stop.end()
    _add(spans, text, start, len(text))
    return spans


def _ends_sentence(text: str, start: int, dot: int, after: int) -> bool:
    last = _LAST_WORD.search(text, start, dot)
    following = _NEXT_WORD.match(text, after)
    if following is None:
        return True
    if not last:
        return True
    word = last.group().lower().rstrip(".")
    next_word = following.group(1)
    if word in _ABBREVIATIONS:
        return word in _MAY_END and next_word.lower() in _STARTERS and next_word[0].isupper()
    if len(word) == 1 and word.isalpha() and last.group()[0].isupper():
        return next_word.lower() in _STARTERS and next_word[0].isupper()
    return not next_word[0].islower()


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    while right - left > LONGEST:
        cut = max(text.rfind(mark, left + 1, left + LONGEST) for mark in _CUTS)
        cut = cut + 1 if cut > left else left + LONGEST
        _keep(spans, text, left, cut)
        left = cut
    _keep(spans, text, left, right)


def _keep(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = start + len(piece) - len(piece.lstrip())
    right = start + len(piece.rstrip())
    if any(character.isalnum() for character in text[left:right]):
        spans.append(Span(left, right))
