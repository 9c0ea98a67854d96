"""An agent's metrics: the newest value of each, and how it got there."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from dashboard.parts.numbers import exact
from dashboard.parts.sparkline import sparkline


class Metric(Struct, kw_only=True):
    """``points`` draw its values over the versions at hand; empty when there are too few."""

    name: str
    text: str
    points: str
    count: int


class _Event(Struct, rename="camel", kw_only=True):
    new_values: dict[str, msgspec.Raw] | None = None


_events = msgspec.json.Decoder(_Event)
_metrics = msgspec.json.Decoder(dict[str, int | float])


def present_metrics(now: Mapping[str, int | float], newest_first: Iterable[bytes]) -> list[Metric]:
    """The metrics of an agent with the values that these events gave them, oldest first."""
    series: dict[str, list[float]] = {name: [] for name in now}
    for document in reversed(list(newest_first)):
        values = (_events.decode(document).new_values or {}).get("performanceMetrics")
        if values is None or bytes(values) == b"null":
            continue
        for name, value in _metrics.decode(values).items():
            if name in series:
                series[name].append(value)
    return [
        Metric(
            name=name, text=exact(value), points=sparkline(series[name]), count=len(series[name])
        )
        for name, value in now.items()
    ]
