"""One job: how far it has come, and what became of each state."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import Http404

from dashboard.pages.jobs.list import RUNNING_REFRESH_SECONDS
from dashboard.pages.jobs.rows import present_job, present_result
from dashboard.parts.page import LivePage
from state.domain.errors import BadFilter, BadPage, NotFound
from state.domain.kinds import Kind
from state.protocol.jobs import RESULTS, next_results, read_results_query
from state.service import jobs

PAGE_SIZE = 100


class JobPage(LivePage):
    """The parameters are those of the API's list of results: ``result`` and ``page``."""

    template_name = "dashboard/pages/jobs/detail.html"
    section = "jobs"

    def read_page(self) -> Mapping[str, Any]:
        job_id = self.kwargs["job_id"]
        try:
            job = jobs.show(job_id)
        except NotFound as error:
            raise Http404(error.detail) from error
        row = present_job(job)
        given = {name: value for name, value in self.request.GET.dict().items() if value}
        chosen = given.get("result", "")
        context: dict[str, Any] = {
            "job": row,
            "tabs": [
                {
                    "label": name.capitalize() or "All",
                    "url": "?" + urlencode({"result": name}) if name else self.request.path,
                    "is_current": name == chosen,
                }
                for name in ("", *RESULTS)
            ],
            "is_first_page": "page" not in given,
            "first_page": "?" + urlencode({"result": chosen}) if chosen else self.request.path,
            "refresh_every": RUNNING_REFRESH_SECONDS if row.is_open else 0,
        }
        try:
            after, limit, only = read_results_query(job_id, {"limit": str(PAGE_SIZE), **given})
        except (BadFilter, BadPage) as error:
            return {**context, "results": [], "problem": error.detail, "status": 400}
        found = jobs.list_results(job_id, after, limit, only)
        token = next_results(job_id, found, limit, only)
        more = {**({"result": only} if only else {}), "page": token}
        return {
            **context,
            "results": [present_result(Kind(job["kind"]), one) for _, one in found[:limit]],
            "next_page": "?" + urlencode(more) if token else "",
        }
