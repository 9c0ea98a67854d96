"""Numbers as text: users' own exactly as they are stored, counts of ours with separators.

Somebody else's number is never rounded: 0.7499 is not 0.75 where 0.75 is a threshold. One that is
too long is cut, with its full text at hand.
"""

import math

import msgspec

LONGEST = 12
"""Characters of a user's number that a table shows."""


def exact(value: float) -> str:
    """The number as its JSON says it: 0.0004 · 9007199254740993 · 8080."""
    return msgspec.json.encode(value).decode()


def shortened(value: float, longest: int = LONGEST) -> str:
    """The number cut, never rounded, when it is long: 0.30000000…"""
    text = exact(value)
    if len(text) <= longest or "." not in text or "e" in text:
        return text
    return text[:longest] + "…"


def count(value: int) -> str:
    """A count of ours: 1,204."""
    return f"{value:,}"


def percent(ratio: float) -> str:
    """A share of ours, rounded down: 99.96 % of hits are not all of them."""
    return f"{math.floor(ratio * 1000 + 1e-9) / 10:.1f}%"


def size(size_bytes: int) -> str:
    """Bytes in binary units, as the settings count them: 812 B, 12.4 MiB, 512 MiB."""
    amount = float(size_bytes)
    units = iter(("B", "KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    while round(amount, 1) >= 1024 and (larger := next(units, None)):
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if amount.is_integer() else f"{amount:.1f} {unit}"


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
