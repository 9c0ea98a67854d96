"""One state, its facts and its history (contract §2, §5)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from state import service
from state.domain.commands import Submission
from state.domain.errors import NotFound
from state.domain.jsontext import encode
from state.domain.kinds import Kind, is_id
from state.domain.queries import parse_limit
from state.doors.rest import documentation as docs
from state.doors.rest.door import call_of, to_response
from state.protocol import states
from state.protocol.batches import batch_get_ids
from state.protocol.call import Answer, Call
from state.protocol.headers import read_min_version, wants_fresh


class KindView(APIView):
    """A view of one kind; the URL configuration names it."""

    kind: Kind = Kind.AGENT


class StateView(KindView):
    """``/api/v1/{kinds}/{id}``."""

    @extend_schema(**docs.GET_STATE)
    def get(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        with_last_seen = states.wants_last_seen(call, self.kind)
        if not is_id(state_id):
            raise NotFound()
        if "version" in call.query:
            version = states.read_version_number(call.query["version"])
            reading = service.read_version(self.kind, state_id, version)
            return to_response(states.render_reading(call, reading, 0))
        minimum = read_min_version(call)
        reading = service.read(self.kind, state_id, fresh=wants_fresh(call), min_version=minimum)
        if with_last_seen:
            reading = service.add_last_seen(state_id, reading)
        answer = states.render_reading(call, reading, minimum, with_last_seen=with_last_seen)
        return to_response(answer)

    @extend_schema(**docs.PUT_STATE)
    def put(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        return answer_write(call, states.put_submission(call, self.kind, state_id))

    @extend_schema(**docs.PATCH_STATE)
    def patch(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        return answer_write(call, states.patch_submission(call, self.kind, state_id))

    @extend_schema(**docs.DELETE_STATE)
    def delete(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        return answer_write(call, states.delete_submission(call, self.kind, state_id))


class FactsView(APIView):
    """``/api/v1/research/{id}/facts``."""

    @extend_schema(**docs.LIST_FACTS)
    def get(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        limit = parse_limit(call.query.get("limit"), most=1000)
        page = service.list_facts(state_id, limit, call.query.get("page"))
        return to_response(json_page(page.items, page.next))

    @extend_schema(**docs.APPEND_FACTS)
    def post(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        receipt = service.submit([states.facts_submission(call, state_id)])[0]
        return to_response(states.render_appended(call, receipt))


class HistoryView(KindView):
    """``/api/v1/{kinds}/{id}/history``."""

    @extend_schema(**docs.HISTORY)
    def get(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        limit = parse_limit(call.query.get("limit"), default=50)
        before = call.query.get("before")
        page = service.history(
            self.kind,
            state_id,
            limit=limit,
            before=states.read_version_number(before) if before else None,
        )
        return to_response(json_page(page.items, page.next))


class HeartbeatView(APIView):
    """``POST /api/v1/agents/{id}/heartbeat``: one agent is alive."""

    @extend_schema(**docs.HEARTBEAT)
    def post(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        call.principal.require_write(Kind.AGENT, state_id)
        if not service.heartbeat([states.checked_id(state_id)]):
            raise NotFound()
        return HttpResponse(status=204)


class HeartbeatsView(StateView):
    """``POST /api/v1/agents/heartbeat``: many agents are alive; unknown ids are passed over."""

    @extend_schema(**docs.HEARTBEATS)
    def post(self, request: Request, state_id: str) -> HttpResponse:
        call = call_of(request)
        ids = batch_get_ids(call)
        for state_id in ids:
            call.principal.require_write(Kind.AGENT, state_id)
        service.heartbeat(ids)
        return HttpResponse(status=204)


def answer_write(call: Call, submission: Submission) -> HttpResponse:
    """Submits a write of one state and answers it."""
    receipt = service.submit([submission])[0]
    written = states.written_or_raise(receipt)
    body = service.written_body(written) if states.needs_body(call, written) else None
    return to_response(states.render_written(call, receipt, body))


def json_page(items: list[bytes], next_page: object, cursor: str | None = None) -> Answer:
    """A list as the contract wraps it: items, the next page, and the log's place if given."""
    tail = b"" if cursor is None else b',"cursor":' + encode(cursor)
    body = b'{"items":[' + b",".join(items) + b'],"next":' + encode(next_page) + tail + b"}"
    return Answer(200, body)
