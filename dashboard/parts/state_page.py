"""What the pages of one state share: the state, its history, the answer when it is deleted."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import Http404

from dashboard.parts.cells import time_cell
from dashboard.parts.changes import present_event
from dashboard.parts.page import LivePage
from dashboard.parts.rows import (
    decode_state,
    row_of,
)
from state.domain.errors import NotFound
from state.domain.kinds import Kind
from state.service import watching
from state.service.reading import read

HISTORY_SIZE = 25


class StatePage(LivePage):
    """One state and its history, which is still there when the state is deleted."""

    kind: ClassVar[Kind]

    def read_page(self) -> Mapping[str, Any]:
        state_id: str = self.kwargs["state_id"]
        try:
            context = {"kind": self.kind, "state_id": state_id, **self._history(state_id)}
        except NotFound:
            raise Http404(f"There is no {self.kind} {state_id}") from None
        reading = read(self.kind, state_id, min_version=self.min_version)
        if reading.body is None:
            return {**context, "is_deleted": True, "status": 410}
        state = decode_state(self.kind, reading.body)
        context |= {
            "state": state,
            "row": row_of(self.kind, state),
            "created": time_cell(state.created_at),
        }
        return {**context, **self.read_parts(state, reading.body)}

    def read_parts(self, state: Any, document: bytes) -> Mapping[str, Any]:
        """What only this kind's page shows."""
        raise NotImplementedError

    def number_parameter(self, name: str) -> int | None:
        """A number in the query string; None when there is none, or something else."""
        given = self.request.GET.get(name, "")
        return int(given) if given.isdecimal() and len(given) < 19 else None

    def _history(self, state_id: str) -> dict[str, Any]:
        before = self.number_parameter("before")
        page = watching.history(self.kind, state_id, limit=HISTORY_SIZE, before=before)
        return {
            "history": [present_event(document) for document in page.items],
            "history_next": page.next,
            "history_is_first": before is None,
        }
