"""The values of one log in Redis, as commands; raises RedisError."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from redis import Redis

from state.changelog.cursor import Cursor
from state.redis.scripts import APPLY, BEGIN, ORDER, PUT

_VERSION_DIGITS = 20
_TOMBSTONES = 20_000
_LEDGER_TTL_SECONDS = 3600  # refreshed every second by every worker
_KEYS_A_SCAN = 1000
_UNKNOWN_TTL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the values of a generation follow the log; ``state``: ok, gap or none."""

    state: str
    generation: str
    applied: int


class Value(Struct, frozen=True):
    """A reading on its way to Redis; ``cursor`` and ``order`` are from before it was read."""

    key: str
    version: int
    body: bytes | None
    cursor: Cursor
    order: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """Redis' own figures: of the whole server, which may hold other things too."""

    entries: int = 0
    size_bytes: int = 0
    max_bytes: int = 0
    evictions: int | None = None
    """Since that server began; None when it has not told."""


class RedisStore:
    """One log's keys: ``<namespace>:ledger`` and ``<namespace>:<generation>:<key>``."""

    def __init__(self, connect: Callable[[], "Redis"], namespace: str, ttl_seconds: int) -> None:
        self._connect = connect
        self._ledger = f"{namespace}:ledger"
        self._values = f"{namespace}:"
        self._ttl_seconds = ttl_seconds
        client = connect()
        self._apply, self._begin, self._put, self._order = (
            client.register_script(script) for script in (APPLY, BEGIN, PUT, ORDER)
        )

    def read(
        self, generation: str, keys: Sequence[str]
    ) -> tuple[Mark, dict[str, tuple[int, bytes | None]]]:
        """The mark, then the values, in one round trip: values are never older than the mark."""
        addresses: list[str] = [self._address(generation, key) for key in keys]
        pipeline = self._connect().pipeline(transaction=False)
        pipeline.hmget(self._ledger, ["generation", "applied"])
        pipeline.mget(addresses)
        (current, applied), raw = pipeline.execute()
        if current is None:
            return Mark("none", "", 0), {}
        mark = Mark("ok", current.decode(), int(applied))
        return mark, {
            key: (int(value[:_VERSION_DIGITS]), value[_VERSION_DIGITS:] or None)
            for key, value in zip(keys, raw, strict=True)
            if value is not None
        }

    def apply(self, behind: int, through: int, changes: Sequence[tuple[str, int]]) -> Mark:
        """Applies the changes of the log in (behind, through]; a gap applies nothing."""
        flat: list[Any] = [part for change in changes for part in change]
        state, generation, applied = self._apply(
            keys=[self._ledger, self._values],
            args=[behind, through, _TOMBSTONES, _LEDGER_TTL_SECONDS, *flat],
        )
        return Mark(state.decode(), generation.decode(), int(applied))

    def begin(self, instead_of: str, position: int, order: int) -> None:
        """Leaves every value behind and starts empty at a position, unless somebody else has."""
        self._begin(
            keys=[self._ledger],
            args=[instead_of, secrets.token_hex(8), position, order, _LEDGER_TTL_SECONDS],
        )

    def put(self, generation: str, values: Sequence[Value]) -> None:
        """Keeps those values that nothing newer is known of."""
        flat: list[Any] = [generation]
        for value in values:
            ttl = self._ttl_seconds if value.version else _UNKNOWN_TTL_SECONDS
            text = f"{value.version:0{_VERSION_DIGITS}}".encode() + (value.body or b"")
            flat += [value.key, value.version, value.cursor.seq, value.order, ttl, text]
        self._put(keys=[self._ledger, self._values], args=flat)

    def remove(self, name: str, order: int) -> int:
        """Carries out a cache order, if nobody has yet; returns how many values went."""
        generation = self._order(keys=[self._ledger], args=[order]).decode()
        if not generation:
            return 0
        gone = sum(
            int(self._connect().unlink(*keys)) for keys in self._named(generation, name) if keys
        )
        self._connect().hset(self._ledger, f"o:{order}", 1)
        return gone

    def _named(self, generation: str, name: str) -> Iterator[list[bytes | str]]:
        """The addresses of a key, or those of a category page by page."""
        if ":" in name:
            yield [self._address(generation, name)]
            return
        pattern, cursor = self._address(generation, f"{name}:*"), -1
        while cursor:
            cursor, keys = self._connect().scan(max(cursor, 0), match=pattern, count=_KEYS_A_SCAN)
            yield keys

    def gauges(self) -> Gauges:
        """How full Redis is; zeros, and no evictions, for what this user may not ask."""
        pipeline = self._connect().pipeline(transaction=False)
        pipeline.dbsize()
        pipeline.info("memory")
        pipeline.info("stats")
        size, memory, stats = pipeline.execute(raise_on_error=False)
        memory, stats = (one if isinstance(one, dict) else {} for one in (memory, stats))
        return Gauges(
            entries=max(0, size - 1) if isinstance(size, int) else 0,  # the ledger is no entry
            size_bytes=memory.get("used_memory", 0),
            max_bytes=memory.get("maxmemory", 0),
            evictions=stats.get("evicted_keys"),
        )

    def _address(self, generation: str, key: str) -> str:
        return f"{self._values}{generation}:{key}"
