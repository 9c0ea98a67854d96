"""The locks that are held: of which state, by whom, until when."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dashboard.parts.lease import LeaseView, present_lease
from dashboard.parts.page import LivePage
from dashboard.parts.rows.row import state_url
from state.domain.kinds import Kind
from state.models import Lease
from state.service.locking import list_locks

PAGE_SIZE = 100
REFRESH_SECONDS = 3
"""How often an open page is read anew: no change of the log tells of a lock."""

EXAMPLE = '{"kind":"agent","id":"first","owner":"me","ttlSeconds":120}'


class HeldLock(Struct, kw_only=True):
    kind: Kind
    state_id: str
    url: str
    lease: LeaseView


class LocksPage(LivePage):
    """In the query string: ``after`` is the lease behind which a page begins."""

    template_name = "dashboard/pages/locks/page.html"
    section = "locks"

    def read_page(self) -> Mapping[str, Any]:
        given = self.request.GET.get("after", "")
        after = int(given) if given.isdecimal() and len(given) < 19 else 0
        leases = list_locks(None, None, after, PAGE_SIZE + 1)
        shown = leases[:PAGE_SIZE]
        return {
            "locks": [present_lock(lease) for lease in shown],
            "next_after": shown[-1].pk if len(leases) > PAGE_SIZE else None,
            "is_first_page": not after,
            "refresh_every": REFRESH_SECONDS,
            "example_url": self.api_url("locks"),
            "example": EXAMPLE,
        }


def present_lock(lease: Lease) -> HeldLock:
    kind = Kind(lease.kind)
    return HeldLock(
        kind=kind,
        state_id=lease.state_id,
        url=state_url(kind, lease.state_id),
        lease=present_lease(lease),
    )
