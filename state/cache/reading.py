"""A state as a reader gets it."""

from msgspec import Struct


class Reading(Struct, frozen=True):
    """A state as it was read; no ``body``: there is none. ``level``: ``L1``, ``L2`` or ``DB``."""

    version: int
    body: bytes | None
    level: str
