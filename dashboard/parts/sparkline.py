"""A row of numbers as the points of a small line."""

from collections.abc import Sequence

WIDTH = 100.0
HEIGHT = 20.0
MARGIN = 1.5


def sparkline(values: Sequence[float]) -> str:
    """The ``points`` of an SVG polyline in a 100 × 20 view box; empty below two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = WIDTH / (len(values) - 1)
    inner = HEIGHT - 2 * MARGIN
    return " ".join(
        f"{index * step:.1f},{MARGIN + inner * (1 - (value - low) / span):.1f}"
        for index, value in enumerate(values)
    )
