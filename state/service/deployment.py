"""The deployment as a whole: its instances and their figures, orders to their caches."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from state import __version__
from state.cache.report import summed, summed_kinds
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.presence import workers
from state.service import reading
from state.service.composition import parts, tiers


@dataclass(slots=True)
class Instance:
    """One ``serve``: when its oldest worker started, and what each of its workers tells."""

    name: str
    started_at: datetime
    figures: list[dict[str, Any]] = field(default_factory=list)


def running_instances() -> list[Instance]:
    """The instances by name; this worker's figures are of this moment, others' at most 2 s old."""
    me = workers.me
    found = {me.instance: Instance(me.instance, me.started_at, [parts().figures()])}
    for worker in workers.alive(within_seconds=workers.FRESH_SECONDS):
        if worker.id != me.id and worker.figures:
            name = worker.instance
            instance = found.setdefault(name, Instance(name, worker.started_at))
            instance.started_at = min(instance.started_at, worker.started_at)
            instance.figures.append(worker.figures)
    return [instance for _, instance in sorted(found.items())]


def list_instances() -> list[dict[str, Any]]:
    """The instances as the API shows them: an instance lags as far as its slowest worker."""
    items = []
    for instance in running_instances():
        lags = [one["lagSeconds"] for one in instance.figures if one.get("lagSeconds") is not None]
        items.append(
            {
                "instance": instance.name,
                "startedAt": format_time(instance.started_at),
                "workers": len(instance.figures),
                "version": instance.figures[0].get("version"),
                "lagSeconds": max(lags, default=None),
                "utilization": _mean([one.get("utilization", 0.0) for one in instance.figures]),
                "memoryBytes": sum(one.get("memoryBytes", 0) for one in instance.figures),
                "scaling": max((one.get("scaling", []) for one in instance.figures), key=len),
            }
        )
    return items


def server_info() -> dict[str, Any]:
    """This instance in the members of the Lightning wire; ``version`` is the wire's (contract §12).

    ``rmptEnabled`` is false: this server has nothing of that name. Connections are open WebSockets.
    """
    mine = next(one for one in running_instances() if one.name == workers.me.instance)
    return {
        "version": "1.0.0",
        "serverVersion": __version__,
        "apoEnabled": True,
        "verlEnabled": True,
        "rmptEnabled": False,
        "rlcsEnabled": True,
        "registeredAgents": reading.summary()[Kind.AGENT.segment]["total"],
        "activeConnections": sum(one.get("sockets", 0) for one in mine.figures),
        "startedAt": format_time(mine.started_at),
    }


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4)


def cache_report() -> dict[str, Any]:
    """Hit rates and sizes per level, for the whole deployment and by instance."""
    instances = running_instances()
    shown = [
        {
            "instance": instance.name,
            "startedAt": format_time(instance.started_at),
            "workers": len(instance.figures),
            **summed(instance.figures),
        }
        for instance in instances
    ]
    everyone = [one for instance in instances for one in instance.figures]
    return {**summed(everyone), "kinds": summed_kinds(everyone), "instances": shown}


def invalidate_cache(name: str) -> int:
    """Drops a key or a category in every worker and in Redis; returns how many entries went here
    and in Redis. The other workers follow within a second.
    """
    return tiers().invalidate(name)
