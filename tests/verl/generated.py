"""Contradictions made by changing one number, date, unit or status of a sentence.

Beside each changed sentence stand the sentence itself, or one that says the same in another unit,
and a changed one about another subject: they are no contradictions.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

SUBJECTS = (
    "The bridge",
    "The reservoir",
    "The Kestrel probe",
    "The northern depot",
    "Line 4",
    "The archive",
    "The Marlow plant",
    "The second reactor",
    "The ferry Aurora",
    "The old mill",
    "The data centre",
)
MONTHS = ("January", "March", "April", "June", "July", "September", "October", "December")
COUNTS = (
    "{s} has {n} employees.",
    "{s} was visited by {n} people last year.",
    "{s} contains {n} rooms.",
    "A total of {n} errors were reported at {s}.",
    "{s} recorded {n} failures during the test.",
)
DATED = (
    "{s} was opened on {d} {m} {y}.",
    "{s} was inspected in {m} {y}.",
    "{s} was built in {y}.",
    "{s} has been closed since {d} {m} {y}.",
)
MEASURED = (
    (
        "{s} is {n} km long.",
        "{s} is {n} miles long.",
        lambda n: f"{{s}} is {n * 1000:,} metres long.",
    ),
    ("{s} weighs {n} kg.", "{s} weighs {n} tonnes.", lambda n: f"{{s}} weighs {n * 1000:,} grams."),
    (
        "{s} takes {n} seconds to start.",
        "{s} takes {n} minutes to start.",
        lambda n: f"{{s}} takes {n * 1000:,} ms to start.",
    ),
    (
        "{s} stores {n} GB of data.",
        "{s} stores {n} TB of data.",
        lambda n: f"{{s}} stores {n * 1000:,} MB of data.",
    ),
    (
        "{s} cost {n} million dollars.",
        "{s} cost {n} million euros.",
        lambda n: f"{{s}} cost ${n},000,000.",
    ),
)
STATUSES = {
    "Research": ("Pending", "InProgress", "Verifying", "Completed", "Failed"),
    "Agent": ("Initializing", "Ready", "Processing", "Paused", "Completed", "Failed"),
}


class Generated(NamedTuple):
    """Two sentences, and whether they contradict each other."""

    first: str
    second: str
    contradicts: bool
    kind: str


def generate(count: int, seed: int = 20260116) -> Iterator[Generated]:
    """About ``count`` pairs, the same for the same seed."""
    draw = random.Random(seed)
    makers = (_number, _date, _unit, _status)
    for index in range(count // 3):
        yield from makers[index % len(makers)](draw)


def _two(draw: random.Random) -> tuple[str, str]:
    one, other = draw.sample(SUBJECTS, 2)
    return one, other


def _number(draw: random.Random) -> Iterator[Generated]:
    subject, other = _two(draw)
    template, number = draw.choice(COUNTS), draw.randint(3, 9000)
    changed = number + draw.choice((-1, 1)) * draw.randint(1, max(2, number // 2))
    first = template.format(s=subject, n=f"{number:,}")
    yield Generated(first, template.format(s=subject, n=f"{max(changed, 2):,}"), True, "number")
    yield Generated(first, template.format(s=subject, n=str(number)), False, "number")
    yield Generated(first, template.format(s=other, n=f"{max(changed, 2):,}"), False, "number")


def _date(draw: random.Random) -> Iterator[Generated]:
    subject, other = _two(draw)
    template = draw.choice(DATED)
    month, other_month = draw.sample(MONTHS, 2)
    day, year = draw.randint(1, 28), draw.randint(1890, 2020)
    values = {"d": day, "m": month, "y": year}
    changed = dict(values)
    field = draw.choice([name for name in values if f"{{{name}}}" in template])
    changed[field] = {"d": day % 28 + 1, "m": other_month, "y": year + draw.randint(1, 9)}[field]
    first = template.format(s=subject, **values)
    yield Generated(first, template.format(s=subject, **changed), True, "date")
    yield Generated(first, first, False, "date")
    yield Generated(first, template.format(s=other, **changed), False, "date")


def _unit(draw: random.Random) -> Iterator[Generated]:
    subject, other = _two(draw)
    template, wrong, same = draw.choice(MEASURED)
    number = draw.randint(2, 90)
    first = template.format(s=subject, n=number)
    yield Generated(first, wrong.format(s=subject, n=number), True, "unit")
    yield Generated(first, same(number).format(s=subject), False, "unit")
    yield Generated(first, wrong.format(s=other, n=number), False, "unit")


def _status(draw: random.Random) -> Iterator[Generated]:
    kind = draw.choice(sorted(STATUSES))
    one, other = draw.sample(STATUSES[kind], 2)
    number = draw.randint(1, 99)
    first = f"{kind} r{number}: {one}"
    yield Generated(first, f"{kind} r{number}: {other}", True, "status")
    yield Generated(first, first, False, "status")
    yield Generated(first, f"{kind} r{number + 1}: {other}", False, "status")
