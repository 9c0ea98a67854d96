"""The list of verifications."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.verifications.queue import read_queue
from dashboard.parts.state_list import StateList
from state.domain.kinds import Kind

CONFIDENCE_LEVELS = ("", "0.5", "0.7", "0.8", "0.9")


class VerificationList(StateList):
    kind = Kind.VERIFICATION
    watched_kinds = (Kind.VERIFICATION,)
    section = "verifications"
    list_title = "Verifications"
    empty = ("No verifications yet.", "A check appears as soon as it is written:")
    example = '{"sourceId":"first","content":"A lease ends by itself.","confidenceScore":0.9}'
    template_name = "dashboard/pages/verifications/list.html"
    status_filter = "verified"
    status_values = {"Verified": "true", "Unverified": "false"}
    filters = ("q", "sourceId", "minConfidence", "updatedSince")
    default_ordering = "-createdAt"

    def read_page(self) -> Mapping[str, Any]:
        # The queue is what one comes for; a filter asks for something else.
        queue = [] if self.given else read_queue(self.principal.name)
        return {
            **super().read_page(),
            "confidence_levels": CONFIDENCE_LEVELS,
            "queue": queue,
            "refetch": "any",
        }
