"""The past jobs and those that run."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dashboard.pages.jobs.rows import present_job
from dashboard.parts.page import LivePage
from state.domain.errors import BadFilter, BadPage
from state.jobs.listing import STATES
from state.protocol.jobs import next_page, read_query
from state.service import jobs

PAGE_SIZE = 50
RUNNING_REFRESH_SECONDS = 1
REFRESH_SECONDS = 5
"""How often an open page is read anew: no change of the log tells of a job."""


class JobsPage(LivePage):
    """The parameters are the API's own: ``state`` and ``page``."""

    template_name = "dashboard/pages/jobs/list.html"
    section = "jobs"

    def read_page(self) -> Mapping[str, Any]:
        given = {name: value for name, value in self.request.GET.dict().items() if value}
        chosen = given.get("state", "all")
        context: dict[str, Any] = {
            "tabs": [
                {
                    "label": name.capitalize(),
                    "url": "?" + urlencode({"state": name}) if name != "all" else self.request.path,
                    "is_current": name == chosen,
                }
                for name in ("all", *(one for one in STATES if one != "all"))
            ],
            "is_first_page": "page" not in given,
            "first_page": "?" + urlencode({"state": chosen}),
            "refresh_every": REFRESH_SECONDS,
            "example_url": self.api_url("jobs"),
        }
        try:
            query = read_query({"limit": str(PAGE_SIZE), **given})
            found = jobs.list_jobs(query)
        except (BadFilter, BadPage) as error:
            return {**context, "jobs": [], "problem": error.detail, "status": 400}
        rows = [present_job(job) for job in found[: query.limit]]
        token = next_page(found, query)
        if any(row.is_open for row in rows):
            context["refresh_every"] = RUNNING_REFRESH_SECONDS
        return {
            **context,
            "jobs": rows,
            "next_page": "?" + urlencode({"state": chosen, "page": token}) if token else "",
        }
