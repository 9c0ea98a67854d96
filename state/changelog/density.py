"""How many changes there were when, over the whole log: from a few hundred looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from django.db import connection

from state.changelog.read import log_position
from state.domain.jsontext import encode
from state.store.fetch import run_query
from state.store.sqlite_values import from_column

SAMPLES = 400

_NUMBERS = {
    "postgresql": "select unnest(%s::bigint[]) as n",
    "sqlite": "select value as n from json_each(%s)",
}


@dataclass(frozen=True, slots=True)
class Density:
    """Changes in each of equal stretches of the time from ``begin`` to ``end``."""

    begin: datetime
    end: datetime
    changes: list[float]


def read_density(stretches: int) -> Density:
    """How the changes of the log that is kept are spread over its time.

    ``at`` has no index and needs none: it never decreases along the log. Between two looks the
    changes are taken as even.
    """
    position = log_position()
    now = datetime.now(UTC)
    low, high = position.pruned_through, position.last_seq
    numbers = sorted({low + (high - low) * step // SAMPLES for step in range(SAMPLES + 1)})
    samples = _times(numbers) or [(0, now)]
    begin = samples[0][1]
    end = max(now, samples[-1][1])
    return Density(begin, end, spread(samples, begin, end, stretches))


def _times(numbers: Sequence[int]) -> list[tuple[int, datetime]]:
    """Each number with the log's time there: of the newest row up to it, or of the first row."""
    is_postgres = connection.vendor == "postgresql"
    parameter = list(numbers) if is_postgres else encode(list(numbers)).decode()
    rows = run_query(
        "select n, coalesce((select at from state_changerecord where seq <= n"
        " order by seq desc limit 1), (select at from state_changerecord order by seq limit 1))"
        f" from ({_NUMBERS[connection.vendor]}) numbers order by n",
        [parameter],
    )
    return [(number, from_column(at)) for number, at in rows if at is not None]


def spread(
    samples: Sequence[tuple[int, datetime]], begin: datetime, end: datetime, stretches: int
) -> list[float]:
    """Changes by stretch, from how many there had been at some times."""
    changes = [0.0] * stretches
    seconds = (end - begin).total_seconds() or 1.0

    def index(at: datetime) -> int:
        return min(stretches - 1, int((at - begin).total_seconds() / seconds * stretches))

    for (number, at), (next_number, next_at) in pairwise(samples):
        came = next_number - number
        # One change happened at its own time; of many it is not known when each did.
        first = index(next_at) if came == 1 else index(at)
        touched = range(first, index(next_at) + 1)
        for position in touched:
            changes[position] += came / len(touched)
    return changes
