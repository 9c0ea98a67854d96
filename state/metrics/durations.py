"""A histogram of durations, and the percentiles read from one."""

from bisect import bisect_left
from collections.abc import Sequence

BOUNDS_SECONDS = (
    0.0001, 0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025,
    0.04, 0.06, 0.08, 0.1, 0.15, 0.25, 0.4, 0.6, 1.0, 1.5, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0,
)  # fmt: skip
"""Upper bounds of the buckets; one more bucket takes what is longer."""

BUCKETS = len(BOUNDS_SECONDS) + 1


def bucket_of(seconds: float) -> int:
    """The bucket a duration falls into."""
    return bisect_left(BOUNDS_SECONDS, seconds)


def percentile(buckets: Sequence[int], share: float) -> float:
    """The duration in seconds that ``share`` (0–1) of the observations did not exceed; 0: none.

    Linear within a bucket, as Prometheus' histogram_quantile.
    """
    total = sum(buckets)
    rank, below = share * total, 0
    for index, count in enumerate(buckets):
        if count and below + count >= rank:
            if index == len(BOUNDS_SECONDS):
                break
            low = BOUNDS_SECONDS[index - 1] if index else 0.0
            return low + (BOUNDS_SECONDS[index] - low) * max(0.0, rank - below) / count
        below += count
    return BOUNDS_SECONDS[-1] if total else 0.0
