"""Finds dates in a sentence and compares them as intervals of days."""

from dataclasses import dataclass
from datetime import date

from state.verl.text.intervals import INFINITY, Fit, Interval, fit
from state.verl.text.tokens import Token

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_YEAR_CUES = frozenset(
    """
    in since until till by before after during from of around circa year and to between late
    early mid through as ( , – - / for the
    """.split()
)
_NO_YEAR_AFTER = frozenset(
    """
    % percent people men women km miles meters metres kg years days
    """.split()
)
_BEFORE = frozenset({"before", "until", "till", "prior"})
_AFTER = frozenset({"after", "since", "following"})


@dataclass(slots=True)
class When:
    """A date or period: fields that are 0 were not given; ``days`` is None without a year."""

    first: int
    last: int
    year: int
    month: int
    day: int
    days: Interval | None
    direction: str
    text: str


def compare(claim: When, source: When) -> Fit:
    """How the source's date fits the claim's: a day lies within its month and its year."""
    if claim.days is not None and source.days is not None:
        if claim.direction == source.direction == "since":
            return Fit.WITHIN if claim.days == source.days else Fit.APART
        if source.direction == "range" and not claim.direction:
            # What lasted from 2009 to 2017 was so in 2012.
            inside = fit(source.days, claim.days)
            return inside if inside is not Fit.OVERLAPS else fit(claim.days, source.days)
        return fit(claim.days, source.days)
    pairs = [(claim.month, source.month), (claim.day, source.day)]
    if any(mine and other and mine != other for mine, other in pairs):
        return Fit.APART
    given = [(mine, other) for mine, other in [*pairs, (claim.year, source.year)] if mine]
    return Fit.WITHIN if all(other for _, other in given) else Fit.OVERLAPS


def find_dates(tokens: list[Token]) -> list[When]:
    """The dates of a sentence, left to right."""
    found: list[When] = []
    position = 0
    while position < len(tokens):
        when = _at(tokens, position)
        if when is None:
            position += 1
            continue
        position = when.last + 1
        if found and _joins(found[-1], when, tokens):
            left = found[-1]
            assert left.days is not None
            assert when.days is not None
            days = Interval(left.days.low, max(left.days.high, when.days.high))
            found[-1] = When(
                left.first, when.last, left.year, 0, 0, days, "range", f"{left.text}–{when.text}"
            )
        else:
            found.append(when)
    return found


def _at(tokens: list[Token], position: int) -> When | None:
    token = tokens[position]
    if token.kind == "number":
        return _from_number(tokens, position)
    month = MONTHS.get(token.lower.rstrip("."), 0)
    if not month or not token.is_capitalised:
        return None
    if token.lower in ("may", "march") and position == 0 and not _number(tokens, 1):
        return None
    after = _skip_signs(tokens, position + 1, (".",))
    day = _number(tokens, after)
    if day and day <= 31 and tokens[after].suffix in ("", "st", "nd", "rd", "th"):
        year_at = _skip_signs(tokens, after + 1, (",", "of"))
        if _is_year(tokens, year_at):
            return _build(tokens, position, year_at, int(tokens[year_at].lower), month, day)
        return _build(tokens, position, after, 0, month, day)
    year_at = _skip_signs(tokens, position + 1, (",", ".", "of"))
    if _is_year(tokens, year_at):
        return _build(tokens, position, year_at, int(tokens[year_at].lower), month, 0)
    before = tokens[position - 1].lower if position else ""
    if token.lower in ("may", "march") and before not in (
        "in",
        "of",
        "by",
        "since",
        "until",
        "last",
    ):
        return None
    return _build(tokens, position, position, 0, month, 0)


def _from_number(tokens: list[Token], position: int) -> When | None:
    token = tokens[position]
    iso = _iso(tokens, position)
    if iso is not None:
        return iso
    day = _number(tokens, position)
    month_at = _skip_signs(tokens, position + 1, ("of",))
    if day and day <= 31 and month_at < len(tokens):
        named = tokens[month_at]
        month = MONTHS.get(named.lower, 0) if named.is_capitalised else 0
        if month:
            year_at = _skip_signs(tokens, month_at + 1, (",", ".", "of"))
            if _is_year(tokens, year_at):
                return _build(tokens, position, year_at, int(tokens[year_at].lower), month, day)
            return _build(tokens, position, month_at, 0, month, day)
    following = tokens[position + 1].lower if position + 1 < len(tokens) else ""
    if token.suffix in ("st", "nd", "rd", "th") and following in ("century", "centuries"):
        century = int(token.lower)
        days = _years(century * 100 - 99, century * 100)
        return _directed(tokens, position, position + 1, century * 100 - 99, 0, 0, days)
    if not _is_year(tokens, position):
        return None
    year = int(token.lower)
    if token.suffix == "s" or (following == "'s" and year % 10 == 0):
        span = 99 if year % 100 == 0 and year < 2000 else 9
        return _directed(tokens, position, position, year, 0, 0, _years(year, year + span))
    before = tokens[position - 1].lower if position else "in"
    if following in _NO_YEAR_AFTER:
        return None
    if before in _YEAR_CUES or following in ("", ".", ",", ")", "–", "-", ";", "and", "to", "when"):
        return _build(tokens, position, position, year, 0, 0)
    following_is_name = position + 1 < len(tokens) and tokens[position + 1].is_capitalised
    if following_is_name or 1700 <= year <= 2100:
        return _build(tokens, position, position, year, 0, 0)
    return None


def _iso(tokens: list[Token], position: int) -> When | None:
    if position + 4 >= len(tokens) or not _is_year(tokens, position):
        return None
    signs = tokens[position + 1].text, tokens[position + 3].text
    month, day = _number(tokens, position + 2), _number(tokens, position + 4)
    if signs not in (("-", "-"), ("/", "/")) or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return _build(tokens, position, position + 4, int(tokens[position].lower), month, day)


def _number(tokens: list[Token], position: int) -> int:
    if position < len(tokens) and tokens[position].kind == "number":
        text = tokens[position].lower
        if text.isdigit() and len(text) <= 2:
            return int(text)
    return 0


def _is_year(tokens: list[Token], position: int) -> bool:
    if position >= len(tokens) or tokens[position].kind != "number":
        return False
    token = tokens[position]
    return (
        len(token.lower) == 4
        and token.lower.isdigit()
        and 1000 <= int(token.lower) <= 2199
        and token.suffix in ("", "s")
        and not (position and tokens[position - 1].text in "$€£")
    )


def _skip_signs(tokens: list[Token], position: int, signs: tuple[str, ...]) -> int:
    if position < len(tokens) and tokens[position].lower in signs:
        return position + 1
    return position


def _years(first: int, last: int) -> Interval:
    return Interval(date(first, 1, 1).toordinal(), date(last, 12, 31).toordinal())


def _build(tokens: list[Token], first: int, last: int, year: int, month: int, day: int) -> When:
    days = None
    if year:
        try:
            if day:
                start = end = date(year, month, day).toordinal()
            elif month:
                start = date(year, month, 1).toordinal()
                following = date(year + month // 12, month % 12 + 1, 1)
                end = following.toordinal() - 1
            else:
                start, end = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            days = Interval(start, end)
        except ValueError:  # 30 February: only the year counts
            days = _years(year, year)
    return _directed(tokens, first, last, year, month, day, days)


def _directed(
    tokens: list[Token], first: int, last: int, year: int, month: int, day: int,
    days: Interval | None,
) -> When:  # fmt: skip
    """ "before" and "after" open the interval to one side; the word is part of the date."""
    text = " ".join(token.text for token in tokens[first : last + 1])
    before = tokens[first - 1].lower if first else ""
    direction = ""
    if days is not None:
        if before == "since" or (before in ("after", "following")):
            edge = days.low if before == "since" else days.high + 1
            days = Interval(edge, INFINITY)
            direction = "since" if before == "since" else "after"
        elif before in ("before", "until", "till", "by") or (
            before == "to" and first > 1 and tokens[first - 2].lower == "prior"
        ):
            edge = days.high if before == "by" else days.low - 1
            days, direction = Interval(-INFINITY, edge), "before"
        if direction:
            first -= 1
    return When(first, last, year, month, day, days, direction, text)


def _joins(left: When, right: When, tokens: list[Token]) -> bool:
    between = [token.lower for token in tokens[left.last + 1 : right.first]]
    before = tokens[left.first - 1].lower if left.first else ""
    if left.days is None or right.days is None or left.days.low > right.days.low:
        return False
    if left.direction or right.direction:
        return False
    if between in (["–"], ["-"], ["—"], ["/"]):
        return before != "("  # "(1950 – 2010)" after a name is a life: two dates
    return (between == ["to"] and before in ("from", "")) or (
        between == ["and"] and before == "between"
    )
