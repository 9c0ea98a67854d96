"""Finds quantities in a sentence: number, bound, unit."""

from state.verl.text import units
from state.verl.text.intervals import INFINITY, Interval
from state.verl.text.numerals import CARDINALS, FRACTIONS, GROUPS, ORDINALS, read_cardinal
from state.verl.text.quantity import ROUNDING_SHARE, Quantity
from state.verl.text.tokens import Token
from state.verl.text.units import UNITS, Unit

_ABOUT = frozenset(
    """
    about around approximately roughly nearly almost some circa ca ~ ≈
    """.split()
)
_ABOVE = frozenset(
    "more than|over|above|exceeding|exceeds|exceed|exceeded|greater than|higher than|larger than"
    "|upwards of|surpassed|surpassing|beyond|>|older than|longer than|bigger than|excess of"
    "|taller than".split("|")
)
_BELOW = frozenset(
    "less than|under|below|fewer than|lower than|smaller than|<|younger than|shorter than".split(
        "|"
    )
)
_AT_LEAST = frozenset(
    "at least|no less than|no fewer than|minimum of|a minimum of|not less than|not fewer than"
    "|≥".split("|")
)
_AT_MOST = frozenset(
    "at most|up to|no more than|maximum of|a maximum of|not more than|as many as|as much as|within"
    "|≤".split("|")
)
_BOUND_ENDS = _ABOUT | {phrase.split()[-1] for phrase in _ABOVE | _BELOW | _AT_LEAST | _AT_MOST}
"""The last words of them all: most numbers stand behind none."""
ABOUT_SHARE = 0.1
_SHARES = frozenset("third quarter fifth tenth".split())
VAGUE = {"several": Interval(3, 20), "few": Interval(2, 10), "dozens": Interval(24, 100),
         "hundreds": Interval(100, 1000), "thousands": Interval(1000, 100_000),
         "millions": Interval(1e6, 1e9), "billions": Interval(1e9, 1e12)}  # fmt: skip


def find_quantities(tokens: list[Token], taken: set[int]) -> list[Quantity]:
    """The quantities of a sentence, left to right; ``taken`` are tokens of dates."""
    found: list[Quantity] = []
    position = 0
    while position < len(tokens):
        quantity = None if position in taken else _at(tokens, position, taken)
        if quantity is None:
            position += 1
        else:
            if found and _joins(found[-1], quantity, tokens):
                found[-1] = _range(found[-1], quantity)
            else:
                found.append(quantity)
            position = quantity.last + 1
    return found


def _at(tokens: list[Token], position: int, taken: set[int]) -> Quantity | None:
    token = tokens[position]
    if token.kind == "number":
        return _from_digits(tokens, position, taken)
    text = token.lower
    if text in CARDINALS:
        if text == "one" and not _counts_one(tokens, position):
            return None
        value, used = read_cardinal([other.lower for other in tokens[position : position + 9]])
        end = position + used
        after = tokens[end].lower if end < len(tokens) else ""
        if after == "-" and end + 1 < len(tokens) and tokens[end + 1].lower in FRACTIONS:
            return _build(
                tokens,
                position,
                end + 1,
                value * FRACTIONS[tokens[end + 1].lower] * 100,
                0.5,
                UNITS["%"],
            )
        if after in FRACTIONS and after not in ORDINALS:
            share = value * FRACTIONS[after] * 100
            return _build(tokens, position, end, share, 0.5, UNITS["%"])
        return _with_unit(tokens, position, end - 1, value, 0.0)
    if _is_share(tokens, position):
        return _build(tokens, position, position, FRACTIONS[text] * 100, 0.5, UNITS["%"])
    if text in ORDINALS:
        return _build(tokens, position, position, ORDINALS[text], 0.0, units.ORDINAL)
    if text in ("dozen", "twice", "thrice"):
        return _build(tokens, position, position, GROUPS[text], 0.0, units.COUNT)
    if text in VAGUE and _follows(tokens, position, ("of",)) and text not in ("few", "several"):
        return _vague(tokens, position, VAGUE[text])
    if text in units.CURRENCY_SIGNS and position + 1 < len(tokens):
        number = tokens[position + 1]
        if number.kind == "number":
            quantity = _from_digits(tokens, position + 1, taken, UNITS[text])
            if quantity:
                quantity.first = min(quantity.first, position)
            return quantity
    return None


def _is_share(tokens: list[Token], position: int) -> bool:
    """ "half of", "a third of", "by a quarter"."""
    text = tokens[position].lower
    if text == "half":
        return _follows(tokens, position, ("of",))
    if text not in _SHARES or not position or tokens[position - 1].lower not in ("a", "one"):
        return False
    by = position > 1 and tokens[position - 2].lower in ("by", "nearly", "almost", "about")
    return by or _follows(tokens, position, ("of",))


def _counts_one(tokens: list[Token], position: int) -> bool:
    """ "one" counts unless it stands for something ("this one", "one of the best")."""
    following = tokens[position + 1].lower if position + 1 < len(tokens) else ""
    before = tokens[position - 1].lower if position else ""
    if before == "number":
        return True
    return following not in ("of", "another", "", ".", ",", "who", "that", "can", "day") and (
        before not in ("this", "that", "the", "another", "no", "every", "any", "each")
    )


def _follows(tokens: list[Token], position: int, texts: tuple[str, ...]) -> bool:
    return position + 1 < len(tokens) and tokens[position + 1].lower in texts


def _from_digits(
    tokens: list[Token], position: int, taken: set[int], unit: Unit | None = None
) -> Quantity | None:
    token = tokens[position]
    digits = token.lower.replace(",", "")
    value = float(digits)
    if token.suffix in ("st", "nd", "rd", "th"):
        return _build(tokens, position, position, value, 0.0, units.ORDINAL)
    clock = _clock(tokens, position, value)
    if clock is not None:
        return clock
    decimals = len(digits.partition(".")[2])
    half = 0.5 * 10**-decimals if decimals else 0.0
    if not decimals and digits.endswith("0") and value:
        zeros = len(digits) - len(digits.rstrip("0"))
        half = min(0.5 * 10**zeros, value * ROUNDING_SHARE) if zeros > 1 else 0.0
    last = position
    following = tokens[last + 1].lower if last + 1 < len(tokens) else ""
    glued = last + 1 < len(tokens) and tokens[last + 1].start == tokens[last].end
    if following in units.SCALES and (following not in ("m", "k") or (glued and unit)):
        scale = units.SCALES[following]
        value, half = value * scale, (half or 0.5) * scale
        last += 1
    if unit is not None:
        return _build(tokens, position, last, value, half, unit)
    return _with_unit(tokens, position, last, value, half)


def _clock(tokens: list[Token], position: int, hour: float) -> Quantity | None:
    last, minutes = position, hour * 60
    if (
        position + 2 < len(tokens)
        and tokens[position + 1].text == ":"
        and tokens[position + 2].kind == "number"
        and tokens[position + 2].start == tokens[position].end + 1
        and hour < 25
    ):
        minutes += float(tokens[position + 2].lower.replace(",", ""))
        last = position + 2
    after = tokens[last + 1].lower if last + 1 < len(tokens) else ""
    if after in ("am", "pm") and hour <= 12:
        minutes = minutes % 720 + (720 if after == "pm" else 0)
        last += 1
    elif last == position:
        return None
    return _build(tokens, position, last, minutes, 0.0, units.CLOCK)


def _with_unit(tokens: list[Token], first: int, last: int, value: float, half: float) -> Quantity:
    """Looks for a unit after the number, else for what is counted."""
    at = last + 1
    if at < len(tokens) and tokens[at].text == "-" and tokens[at].start == tokens[last].end:
        at += 1
    texts = [token.lower for token in tokens[at : at + 3]]
    if texts[:1] == ["°"] and len(texts) > 1 and texts[1] in ("c", "f"):
        return _build(tokens, first, at + 1, value, half or 0.5, UNITS[f"°{texts[1]}"])
    if texts[:1] == ["degrees"] and len(texts) > 1 and texts[1] in ("celsius", "fahrenheit"):
        return _build(tokens, first, at + 1, value, half or 0.5, UNITS[texts[1]])
    if texts[:1] in (["square"], ["sq"]) and len(texts) > 1:
        name = {
            "kilometers": "sqkm",
            "kilometres": "sqkm",
            "km": "sqkm",
            "miles": "sqmi",
            "mi": "sqmi",
            "meters": "sqm",
            "metres": "sqm",
            "m": "sqm",
            "feet": "sqft",
            "ft": "sqft",
        }.get(texts[1], "")
        if name:
            return _build(tokens, first, at + 1, value, half, UNITS[name])
    if texts[:1] == ["percentage"] and len(texts) > 1 and texts[1].startswith("point"):
        return _build(tokens, first, at + 1, value, half, UNITS["pp"])
    if texts[:1] == ["per"] and len(texts) > 1 and texts[1] in ("cent", "hundred"):
        return _build(tokens, first, at + 1, value, half, UNITS["%"])
    name = texts[0] if texts else ""
    if len(texts) == 3 and texts[1] == "/" and f"{name}/{texts[2]}" in UNITS:
        return _build(tokens, first, at + 2, value, half, UNITS[f"{name}/{texts[2]}"])
    if len(texts) == 3 and texts[1] in ("per", "an") and texts[2] == "hour":
        speed = {"miles": "mph", "kilometers": "km/h", "kilometres": "km/h", "km": "km/h"}.get(name)
        if speed:
            return _build(tokens, first, at + 2, value, half, UNITS[speed])
    if name in UNITS and not (name in units.SHORT and tokens[at].text.isupper()):
        return _build(tokens, first, at, value, half, UNITS[name])
    return _build(tokens, first, last, value, half, units.COUNT)


def _build(
    tokens: list[Token], first: int, last: int, value: float, half: float, unit: Unit
) -> Quantity:
    bound, start, about = _bound(tokens, first)
    base = value * unit.factor + unit.offset
    slack = half * unit.factor
    strict = rounded = Interval(base, base)
    if bound == "above":
        strict = rounded = Interval.above(base)
    elif bound == "below":
        strict = rounded = Interval.below(base)
    elif bound == "at least":
        strict = rounded = Interval(base, INFINITY)
    elif bound == "at most":
        strict = rounded = Interval(-INFINITY, base)
    elif about:
        slack = max(slack, abs(base) * ABOUT_SHARE)
        strict = rounded = Interval(base - slack, base + slack)
    elif slack:
        rounded = Interval(base - slack, base + slack)
    text = " ".join(token.text for token in tokens[first : last + 1])
    name = tokens[last].lower if last > first else ""
    return Quantity(start, last, value, unit, name, -1, strict, rounded, text, bool(bound))


def _bound(tokens: list[Token], first: int) -> tuple[str, int, bool]:
    """The words before a number that make it a bound: which, where they start, or "about"."""
    start, about = first, False
    while start and tokens[start - 1].lower in (
        {"the", "a", "only", "just"} | units.CURRENCY_SIGNS
    ):
        start -= 1
    if not start or tokens[start - 1].lower not in _BOUND_ENDS:
        return "", first, False
    for size in (3, 2, 1):
        if start >= size:
            phrase = " ".join(token.lower for token in tokens[start - size : start])
            for bound, phrases in (("at least", _AT_LEAST), ("at most", _AT_MOST),
                                   ("above", _ABOVE), ("below", _BELOW)):  # fmt: skip
                if phrase in phrases:
                    return bound, start - size, False
    if start and tokens[start - 1].lower in _ABOUT:
        return "", start - 1, True
    return "", first, about


def _vague(tokens: list[Token], position: int, interval: Interval) -> Quantity:
    text = tokens[position].text
    return Quantity(
        position,
        position,
        interval.low,
        units.COUNT,
        "",
        -1,
        interval,
        interval,
        text,
        is_bounded=True,
    )


def _joins(left: Quantity, right: Quantity, tokens: list[Token]) -> bool:
    """Whether two numbers are the ends of one range: "5 to 7", "between 5 and 7", "5–7"."""
    between = [token.lower for token in tokens[left.last + 1 : right.first]]
    if left.unit.dimension not in (right.unit.dimension, "count") or left.value >= right.value:
        return False
    before = tokens[left.first - 1].lower if left.first else ""
    if between in (["–"], ["-"], ["—"]):
        return True
    return (between == ["to"] and before != "from") or (
        (between in (["to"], ["and"]) and before in ("between", "from"))
        and (between == ["to"] or before == "between")
    )


def _range(left: Quantity, right: Quantity) -> Quantity:
    low = left.value * right.unit.factor + right.unit.offset
    interval = Interval(low, right.strict.high)
    return Quantity(
        left.first,
        right.last,
        left.value,
        right.unit,
        right.unit_name,
        -1,
        interval,
        interval,
        f"{left.text}–{right.text}",
        is_bounded=True,
    )
