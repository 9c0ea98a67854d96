"""The deployment as a whole: cache figures of its workers, orders to their caches."""

from typing import Any

from state.cache.report import summed
from state.domain.times import format_time
from state.presence import workers
from state.service.composition import parts, tiers


def cache_report() -> dict[str, Any]:
    """Hit rates and sizes per level, for the whole deployment and by instance.

    This worker's figures are of this moment, the others' at most 2 s old.
    """
    me = workers.me
    by_instance = {me.instance: [parts().figures()]}
    started = {me.instance: me.started_at}
    for worker in workers.alive(within_seconds=workers.FRESH_SECONDS):
        if worker.id != me.id and worker.figures:
            by_instance.setdefault(worker.instance, []).append(worker.figures)
            started[worker.instance] = min(
                started.get(worker.instance, worker.started_at), worker.started_at
            )
    instances = [
        {
            "instance": instance,
            "startedAt": format_time(started[instance]),
            "workers": len(group),
            **summed(group),
        }
        for instance, group in sorted(by_instance.items())
    ]
    everyone = [one for group in by_instance.values() for one in group]
    return {**summed(everyone), "instances": instances}


def invalidate_cache(name: str) -> int:
    """Drops a key or a category in every worker and in Redis; returns how many entries went here
    and in Redis. The other workers follow within a second.
    """
    return tiers().invalidate(name)
