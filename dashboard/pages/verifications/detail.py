"""One verification."""

from collections.abc import Mapping
from typing import Any

from dashboard.parts.cells import time_cell
from dashboard.parts.rows.verifications import VerificationState
from dashboard.parts.state_page import StatePage
from state.domain.kinds import Kind


class VerificationPage(StatePage):
    kind = Kind.VERIFICATION
    section = "verifications"
    template_name = "dashboard/pages/verifications/detail.html"

    def read_parts(self, state: VerificationState, document: bytes) -> Mapping[str, Any]:
        return {"verified_at": time_cell(state.verified_at)}
