"""What the pages of one state share: the state, its lock, its versions, why a field is as it is."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404

from dashboard.parts.cells import time_cell
from dashboard.parts.changes import present_event
from dashboard.parts.diff import VersionDiff, diff_of_change, read_diff
from dashboard.parts.editing import present_edit_fields
from dashboard.parts.lease import read_lease
from dashboard.parts.page import LivePage
from dashboard.parts.rows import decode_state, row_of
from dashboard.parts.why import read_cause
from state.domain.errors import NotFound
from state.domain.kinds import Kind
from state.service import reading, watching

HISTORY_SIZE = 25
REFRESH_SECONDS = 10
"""How often an open page is read anew: no change of the log tells of a lock."""


class StatePage(LivePage):
    """One state and its history, which is still there when the state is deleted.

    In the query string: ``before`` pages the history, ``from`` and ``to`` are the versions
    compared, ``why`` names the field that is asked about.
    """

    kind: ClassVar[Kind]

    def read_page(self) -> Mapping[str, Any]:
        state_id: str = self.kwargs["state_id"]
        try:
            context = {
                "kind": self.kind,
                "segment": self.kind.segment,
                "state_id": state_id,
                "refresh_every": REFRESH_SECONDS,
                **self._history(state_id),
                **self._cause(state_id),
            }
        except NotFound:
            raise Http404(f"There is no {self.kind} {state_id}") from None
        document, version = self.read_document(state_id)
        if document is None:
            return {**context, "is_deleted": True, "status": 410}
        state = decode_state(self.kind, document)
        context |= {
            "state": state,
            "row": row_of(self.kind, state),
            "created": time_cell(state.created_at),
            "lease": read_lease(self.kind, state_id),
            "diff": self._diff(state_id, version),
            "edit_fields": present_edit_fields(self.kind, document) if self.may_edit else [],
        }
        return {**context, **self.read_parts(state, document)}

    def read_document(self, state_id: str) -> tuple[bytes | None, int]:
        """The state's JSON, None when it is deleted, and its version."""
        found = reading.read(self.kind, state_id, min_version=self.min_version)
        return found.body, found.version

    def read_parts(self, state: Any, document: bytes) -> Mapping[str, Any]:
        """What only this kind's page shows."""
        raise NotImplementedError

    @property
    def may_edit(self) -> bool:
        return self.principal.may("agent")

    def may_become(self, status: str, now: str) -> bool:
        """Whether the policy in force lets a state of this status become another one."""
        table = self.kind.spec.transitions.get(settings.LIGHTNING_TRANSITIONS)
        return status != now and (table is None or status in table[now])

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

    def _cause(self, state_id: str) -> dict[str, Any]:
        field = self.request.GET.get("why", "")
        return {"cause": read_cause(self.kind, state_id, field) if field else None}

    def _diff(self, state_id: str, version: int) -> VersionDiff:
        """The versions asked for; the last change when none are.

        That one is in the log as it is: a research's versions with their facts are not compared.
        """
        last, first = self.number_parameter("to"), self.number_parameter("from")
        if last is None and first is None:
            return diff_of_change(watching.history(self.kind, state_id, limit=1).items[0])
        last = last or version
        return read_diff(self.kind, state_id, first or max(1, last - 1), last)
