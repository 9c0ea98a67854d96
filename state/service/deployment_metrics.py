"""Metrics that are the deployment's, not a process's: asked of the database at each scrape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from state.alerts.listing import open_counts
from state.domain.kinds import Kind
from state.locks.leases import count_held
from state.locks.queue import count_waiting
from state.metrics.exported import family
from state.store.lists import count_states

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

Values = Mapping[Any, float]
"""By the values of its labels, a tuple."""


@dataclass(frozen=True, slots=True)
class Family:
    """One gauge of the deployment, and what it is read from."""

    name: str
    text: str
    labels: list[str]
    read: Callable[[], Values]


def _states() -> Values:
    _, counts = count_states()
    groups = [(kind.value, group) for kind in Kind for group in kind.statuses]
    return dict.fromkeys(groups, 0) | counts


FAMILIES = (
    Family("lightning_states", "States by kind and status.", ["kind", "status"], _states),
    Family("lightning_locks_held", "Locks held now.", [], lambda: {(): count_held()}),
    Family("lightning_lock_waiters", "Who waits for a lock.", [], lambda: {(): count_waiting()}),
    Family("lightning_alerts_open", "Open alerts.", ["rule", "severity"], open_counts),
)


def deployment_metrics() -> list["Metric"]:
    """All of them, as of now."""
    return [family(one.name, one.text, one.labels, one.read()) for one in FAMILIES]
