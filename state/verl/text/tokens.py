"""Cuts a sentence into tokens with their places: words, numbers, signs."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)
      (?P<suffix>(?:st|nd|rd|th|s)\b)?
    |(?P<word>(?:[^\W\d_]\.){2,}            # U.S., e.g.
      |[^\W\d_]+(?:-\d+|\d+)\w*             # COVID-19, H2O, r1
      |[^\W\d_]+(?:['’](?:s|t|re|ve|ll|d|m)\b)?)
    |(?P<sign>[^\s\w]|_)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_IRREGULAR_NOT = {
    "can't": "can",
    "cannot": "can",
    "won't": "will",
    "shan't": "shall",
    "ain't": "is",
}


@dataclass(slots=True)
class Token:
    """One token; ``lower`` is what rules compare, ``start`` and ``end`` point into the text."""

    text: str
    lower: str
    start: int
    end: int
    kind: str
    suffix: str = ""

    @property
    def is_capitalised(self) -> bool:
        return self.text[:1].isupper()


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of ``text[start:end]``. "don't" is "do" and "not"; "Ann's" is "Ann" and "'s"."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        kind = match.lastgroup or "word"
        if kind == "suffix":
            kind = "number"
        if kind == "number":
            suffix = (match.group("suffix") or "").lower()
            number = match.group("number")
            found.append(Token(match.group(), number, match.start(), match.end(), kind, suffix))
        elif kind == "word":
            _add_word(found, match.group(), match.start())
        else:
            found.append(Token(match.group(), match.group(), match.start(), match.end(), kind))
    return found


def _add_word(found: list[Token], text: str, start: int) -> None:
    lower = text.lower().replace("’", "'")
    end = start + len(text)
    if lower in _IRREGULAR_NOT or lower.endswith("n't"):
        verb = _IRREGULAR_NOT.get(lower, lower[:-3])
        cut = start + min(len(verb), len(text))
        found.append(Token(text[: len(verb)], verb, start, cut, "word"))
        found.append(Token(text[len(verb) :] or text, "not", cut, end, "word"))
        return
    head, mark, tail = lower.partition("'")
    if mark and head:
        cut = start + len(head)
        found.append(Token(text[: len(head)], head, start, cut, "word"))
        found.append(Token(text[len(head) :], f"'{tail}", cut, end, "word"))
        return
    if "." in lower:
        lower = lower.replace(".", "")
        lower = {"us": "usa", "uk": "uk"}.get(lower, lower)
    found.append(Token(text, lower, start, end, "word"))
