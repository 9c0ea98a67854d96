"""The deployment as a whole: cache figures and running workers."""

from typing import Any

from state import workers
from state.service.guard import reaches_database
from state.service.reading import tiers


def figures() -> dict[str, Any]:
    """This worker's cache figures, as they go into the deployment's report."""
    level_one = tiers.level_one
    return {
        "L1": {
            "hits": level_one.hits,
            "misses": level_one.misses,
            "entries": level_one.entry_count,
            "bytes": level_one.size_bytes,
            "maxBytes": level_one.max_bytes,
            "ttlSeconds": level_one.ttl_seconds,
            "evictions": level_one.evictions,
        },
        "L3": {"reads": tiers.database_reads},
    }


@reaches_database
def cache_report() -> dict[str, Any]:
    """Hit rates and sizes per level, for the whole deployment and by instance."""
    return workers.cache_report(workers.me.id, figures())
