"""A state as a reader gets it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """A state as it was read; no ``body``: there is none. ``level``: ``L1``, ``L2`` or ``DB``."""

    version: int
    body: bytes | None
    level: str
