"""What somebody orders: an action, and the states it is for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from state.domain.bulk import Bulk
from state.domain.queries import ListQuery

MOST_TARGETS = 100_000


@dataclass(frozen=True, slots=True)
class Order:
    """``query`` takes all states that match it when the job begins; else it is ``ids``.

    ``filter`` is the query string that ``query`` was read from.
    """

    bulk: Bulk
    query: ListQuery | None = None
    filter: str = ""
    ids: Sequence[str] = ()
    name: str = ""

    def by(self, actor: str, reason: str) -> "Order":
        """The same, in somebody's name."""
        return replace(self, bulk=replace(self.bulk, actor=actor, reason=reason))
