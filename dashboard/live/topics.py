"""The figures that pages can ask for by name, and how often each is computed at most.

A figure that several pages show is computed once in a process, however many pages are open.
"""

from dashboard.live import reading
from dashboard.live.figures import Topic
from dashboard.live.pulse import pulse

COUNTS_SECONDS = 0.25
BEAT_SECONDS = 1.0
"""Frames come at least so often: a page that hears nothing for longer knows that it lags."""


ALWAYS = "counts"
TOPICS = (
    Topic(name=ALWAYS, read=reading.read_counts, every_seconds=COUNTS_SECONDS, by_itself=False),
    Topic(name="cache", read=reading.read_cache, every_seconds=BEAT_SECONDS),
    Topic(name="traffic", read=reading.read_traffic, every_seconds=BEAT_SECONDS),
    Topic(name="pulse", read=pulse.per_second, every_seconds=BEAT_SECONDS),
)
