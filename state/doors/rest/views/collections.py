"""Many states at once: lists, batches, the summary (contract §2, §3)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from state import service
from state.domain.jsontext import encode
from state.domain.queries import ListQuery
from state.doors.rest import documentation as docs
from state.doors.rest.door import call_of, to_response
from state.doors.rest.views.states import KindView, StateView, json_page
from state.protocol import states
from state.protocol.batches import BatchSet, batch_get_ids, render_found
from state.protocol.call import Answer
from state.protocol.headers import wants_fresh


class ListView(KindView):
    """``GET /api/v1/{kinds}``."""

    @extend_schema(**docs.LIST_STATES)
    def get(self, request: Request) -> HttpResponse:
        call = call_of(request)
        query = ListQuery.parse(self.kind, call.query, also=frozenset({"include"}))
        with_last_seen = states.wants_last_seen(call, self.kind)
        page = service.list_states(query, with_last_seen=with_last_seen)
        return to_response(json_page(page.items, page.next, page.cursor))


class BatchGetView(StateView):
    """``POST /api/v1/{kinds}/batch-get``: reading, so a viewer may."""

    roles = {"POST": "viewer"}

    @extend_schema(**docs.BATCH_GET)
    def post(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        ids = batch_get_ids(call)
        found, missing = service.read_states(self.kind, ids, fresh=wants_fresh(call))
        return to_response(render_found(found, missing))


class BatchSetView(StateView):
    """``POST /api/v1/{kinds}/batch-set``."""

    @extend_schema(**docs.BATCH_SET)
    def post(self, request: Request, state_id: str) -> HttpResponse:
        batch = BatchSet(call_of(request), self.kind)
        submission = batch.submission
        receipt = service.submit([submission])[0] if submission else None
        return to_response(batch.render(receipt))


class SummaryView(APIView):
    """``GET /api/v1/summary``."""

    @extend_schema(**docs.SUMMARY)
    def get(self, request: Request) -> HttpResponse:
        return to_response(Answer(200, encode(service.summary())))
