"""Who holds the lock of a state."""

from msgspec import Struct

from dashboard.parts.cells import Cell, time_cell
from state.domain.kinds import Kind
from state.domain.times import format_time
from state.models import Lease
from state.service.locking import list_locks


class LeaseView(Struct, kw_only=True):
    lock_id: str
    owner: str
    fencing_token: int
    acquired: Cell
    expires: Cell


def read_lease(kind: Kind, state_id: str) -> LeaseView | None:
    """The lease on this state, or None."""
    held = list_locks(kind, state_id, 0, 1)
    return present_lease(held[0]) if held else None


def present_lease(lease: Lease) -> LeaseView:
    return LeaseView(
        lock_id=str(lease.lock_id),
        owner=lease.owner,
        fencing_token=lease.fencing_token,
        acquired=time_cell(format_time(lease.acquired_at)),
        expires=time_cell(format_time(lease.expires_at)),
    )
