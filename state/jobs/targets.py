"""The states that a job is about: counted before it begins, and written down when it does."""

from collections.abc import Iterable, Sequence

from state.domain.bulk import Target
from state.domain.errors import Invalid
from state.domain.queries import ListQuery
from state.jobs.order import MOST_TARGETS, Order
from state.models import JobTarget
from state.store.matching import count_live, count_matching, note_matching

_ROWS_A_STATEMENT = 1000


def count_targets(order: Order) -> int:
    """How many live states an order is for, as things are."""
    if order.query is not None:
        return count_matching(order.query)
    return count_live(order.bulk.kind, order.ids)


def note_matching_targets(job_id: int, query: ListQuery) -> int:
    """Notes every state that matches as a job's targets; returns how many.

    Raises Invalid when there are too many.
    """
    count = note_matching(job_id, query, MOST_TARGETS + 1)
    if count > MOST_TARGETS:
        raise Invalid.field("filter", f"matches more than {MOST_TARGETS:,} states: narrow it")
    return count


def note_targets(job_id: int, targets: Iterable[Target]) -> int:
    """Notes these states as a job's targets, in this order; returns how many."""
    rows = [
        JobTarget(
            job_id=job_id,
            position=position,
            state_id=target.state_id,
            version=target.version,
            was_absent=target.was_absent,
        )
        for position, target in enumerate(targets)
    ]
    JobTarget.objects.bulk_create(rows, batch_size=_ROWS_A_STATEMENT)
    return len(rows)


def read_targets(job_id: int, position: int, limit: int) -> Sequence[Target]:
    """A job's targets from a position on."""
    rows = JobTarget.objects.filter(job_id=job_id, position__gte=position).order_by("position")
    return [Target(*row) for row in rows.values_list("state_id", "version", "was_absent")[:limit]]
