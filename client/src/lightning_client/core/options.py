"""The keyword arguments that overloaded calls share, for type checkers."""

from typing import Any, TypedDict


class ReadOptions(TypedDict, total=False):
    """Of `get`."""

    version: int | None
    fresh: bool
    min_version: int | None
    facts: bool
    last_seen: bool


class WriteOptions(TypedDict, total=False):
    """Of every write of one state."""

    reason: str
    lock_token: str | None
    force: bool


class PatchOptions(WriteOptions, total=False):
    """Of `patch`."""

    version: int | None


class UpdateOptions(WriteOptions, total=False):
    """Of `update`."""

    facts: bool


class ListOptions(TypedDict, total=False):
    """Of `states` and `page`: filters (contract §2), the order, the size of a page."""

    status: str
    agent_type: str
    source_id: str
    verified: bool
    min_confidence: float
    q: str
    updated_since: Any
    ordering: str
    limit: int
    include: str
