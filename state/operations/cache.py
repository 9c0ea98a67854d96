"""``/api/v1/cache`` (contract §6)."""

from msgspec import Struct

from state.domain.jsontext import encode
from state.operations.operation import Body, Operation, Result
from state.operations.shapes import Count, Rate, Time
from state.protocol.caches import Invalidation, invalidated_name
from state.protocol.call import Answer, Call
from state.service import deployment
from state.service.guard import ask_database

TAG = "Caches"


class KindInLevel(Struct, rename="camel", kw_only=True):
    """One kind's part of level 1: its share and time to live, and why it got them."""

    hits: Count
    misses: Count
    entries: Count
    bytes: Count
    share: Rate
    ttl_seconds: Count
    reason: str


class Level(Struct, rename="camel", kw_only=True):
    hits: Count
    misses: Count
    hit_rate: Rate
    entries: Count
    bytes: Count
    max_bytes: Count
    ttl_seconds: Count
    evictions: Count


class SharedLevel(Level, rename="camel", kw_only=True):
    available: bool


class DatabaseLevel(Struct, kw_only=True):
    reads: Count


class Levels(Struct, kw_only=True):
    L1: Level
    L2: SharedLevel
    L3: DatabaseLevel


class CacheFigures(Struct, rename="camel", kw_only=True):
    hit_rate: Rate
    levels: Levels


class InstanceCacheFigures(CacheFigures, rename="camel", kw_only=True):
    instance: str
    started_at: Time
    workers: Count


class CacheReport(CacheFigures, rename="camel", kw_only=True):
    kinds: dict[str, KindInLevel]
    instances: list[InstanceCacheFigures]


class Invalidated(Struct, kw_only=True):
    removed: Count


async def _report(call: Call) -> Answer:
    return Answer(200, encode(await ask_database(deployment.cache_report)))


async def _invalidate(call: Call) -> Answer:
    removed = await ask_database(deployment.invalidate_cache, invalidated_name(call))
    return Answer(200, encode(Invalidated(removed=removed)))


OPERATIONS = [
    Operation(
        name="cacheReport",
        method="GET",
        path="/api/v1/cache",
        run=_report,
        tag=TAG,
        summary="Hit rates and sizes per cache level",
        description="L1 is summed over all workers; entries, bytes and evictions of L2 are Redis' "
        "own figures. `hitRate` is the share of reads that spared the database.",
        results={200: Result("Of the whole deployment, and by instance.", CacheReport)},
    ),
    Operation(
        name="invalidateCache",
        method="POST",
        path="/api/v1/cache/invalidate",
        run=_invalidate,
        tag=TAG,
        summary="Drop a key or a category from every cache",
        description="A key is `<category>:<id>`. Every instance acts within a second. `removed` "
        "counts the entries that went in the worker that answers and in Redis, not those that the "
        "other workers and instances drop then.",
        role="operator",
        body=Body(Invalidation),
        results={200: Result("How many entries went.", Invalidated)},
    ),
]
