"""The ASGI door for the hot calls: the same URLs and answers as DRF, without Django's handler.

Requests with an API key for one state, its facts or a batch are answered here; everything else
falls through. Parsing, rules and rendering are the protocol's and the service's.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import parse_qsl

from state import service
from state.access.keys import key_ring, key_text
from state.access.principals import Principal
from state.access.scopes import address_of
from state.domain.commands import Receipt, Submission
from state.domain.errors import LightningError, NotFound
from state.domain.kinds import Kind, is_id
from state.doors.asgi.answer import send_answer
from state.doors.asgi.body_limit import announces_more
from state.doors.asgi.types import Application, Receive, Scope, Send
from state.doors.fast.coalescing import Edge, current_edge
from state.protocol import states
from state.protocol.batches import BatchSet, batch_get_ids, render_found
from state.protocol.call import Answer, Call
from state.protocol.headers import BATCH_LIMIT_BYTES, read_min_version, wants_fresh
from state.protocol.problems import INTERNAL_DETAIL, problem
from state.protocol.request_id import accepted_request_id
from state.runtime.threads import in_thread
from state.service.guard import ask_database

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

Handler = Callable[[Call, Kind, str], Awaitable[Answer]]

_PREFIX = "/api/v1/"
_PARSED_AT_ONCE_BYTES = 64 * 1024
_KINDS = {kind.segment: kind for kind in Kind}


class FastLane:
    """Answers the hot calls, and hands everything else to the application behind it."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            route = _route(scope)
            if route is not None:
                headers = _headers(scope)
                if _has_key(headers):
                    await _answer(scope, headers, route, receive, send)
                    return
        await self._application(scope, receive, send)


def _has_key(headers: dict[str, str]) -> bool:
    try:
        return key_text(headers) is not None
    except LightningError:
        return True  # one that cannot be read, which its refusal says


class _CallerGone(Exception):
    """The connection ended before the request did: there is nobody to answer."""


def _headers(scope: Scope) -> dict[str, str]:
    """The request's headers; lines of one name are one list (RFC 9110 §5.3), as Django has it."""
    lines = scope["headers"]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in lines}
    if len(headers) < len(lines):
        joined: dict[str, list[str]] = {}
        for name, value in lines:
            joined.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        headers = {name: ",".join(values) for name, values in joined.items()}
    return headers


Route = tuple[Handler, Kind, str]


def _route(scope: Scope) -> Route | None:
    """Which hot call a request is; None for everything else."""
    path: str = scope["path"]
    if not path.startswith(_PREFIX):
        return None
    segment, _, rest = path[len(_PREFIX) :].partition("/")
    kind = _KINDS.get(segment)
    state_id, slash, action = rest.partition("/")
    if kind is None or not state_id:
        return None
    method = scope["method"]
    if slash:
        if kind is Kind.RESEARCH and action == "facts" and method == "POST":
            return _append_facts, kind, state_id
        return None
    if method == "GET":
        query = scope["query_string"]
        return (_get, kind, state_id) if not query or _is_plain(query) else None
    handler = _BY_METHOD.get((method, state_id)) or _BY_METHOD.get((method, ""))
    return None if handler is None else (handler, kind, state_id)


def _is_plain(query: bytes) -> bool:
    """Whether a read with this query is one of the current version, and says so unencoded."""
    return b"version=" not in query and b"include=" not in query and b"%" not in query


async def _answer(
    scope: Scope, headers: dict[str, str], route: Route, receive: Receive, send: Send
) -> None:
    request_id = accepted_request_id(headers.get("x-request-id"))
    try:
        handler, kind, state_id = route
        principal = await _authenticate(headers, address_of(scope))
        method: str = scope["method"]
        query = scope["query_string"]
        call = Call(
            method,
            scope["path"],
            principal,
            headers,
            dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {},
        )
        if method != "GET":
            await _read_body(call, scope, receive)
        answer = await handler(call, kind, state_id)
    except _CallerGone:
        return
    except LightningError as refusal:
        answer = problem(refusal, request_id)
    except Exception:
        logger.exception("A request failed.", extra={"request_id": request_id})
        answer = problem(LightningError(INTERNAL_DETAIL), request_id)
    await send_answer(answer, request_id, send)


async def _authenticate(headers: dict[str, str], address: str) -> Principal:
    text = key_text(headers) or ""
    principal = key_ring.recall(text)
    if principal is None:
        principal = await ask_database(service.check_key, text, address)
    principal.require("viewer")
    return principal


async def _read_body(call: Call, scope: Scope, receive: Receive) -> None:
    """Takes the body over, or notes that it is too large; raises _CallerGone when it breaks off."""
    if announces_more(scope, BATCH_LIMIT_BYTES):
        call.too_large = True
        return
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _CallerGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > BATCH_LIMIT_BYTES:
            call.too_large = True
            return
        parts.append(part)
        more = message.get("more_body", False)
    call.body = parts[0] if len(parts) == 1 else b"".join(parts)


# --- The calls --------------------------------------------------------------------------------


def _edge() -> Edge:
    service.require_database()
    return current_edge()


async def _parse(
    parse: Callable[Concatenate[Call, P], T], call: Call, *args: P.args, **kwargs: P.kwargs
) -> T:
    """What a body says; a large one is read in a thread, so that the others' answers go on."""
    if len(call.body) <= _PARSED_AT_ONCE_BYTES:
        return parse(call, *args, **kwargs)
    return await in_thread(parse, call, *args, **kwargs)


async def _get(call: Call, kind: Kind, state_id: str) -> Answer:
    if not is_id(state_id):
        raise NotFound()
    minimum = read_min_version(call)
    if wants_fresh(call):
        reading = await ask_database(service.read, kind, state_id, fresh=True, min_version=minimum)
    else:
        known = service.tiers().peek(kind, state_id)
        if known is None or known.version < minimum:
            known = await _edge().misses.call((kind, state_id, minimum))
        reading = known
    return states.render_reading(call, reading, minimum)


async def _put(call: Call, kind: Kind, state_id: str) -> Answer:
    return await _write(call, await _parse(states.put_submission, call, kind, state_id))


async def _patch(call: Call, kind: Kind, state_id: str) -> Answer:
    return await _write(call, await _parse(states.patch_submission, call, kind, state_id))


async def _delete(call: Call, kind: Kind, state_id: str) -> Answer:
    return await _write(call, states.delete_submission(call, kind, state_id))


async def _append_facts(call: Call, kind: Kind, state_id: str) -> Answer:
    submission = await _parse(states.facts_submission, call, state_id)
    receipt = await _edge().writes.call(submission)
    return states.render_appended(call, receipt)


async def _write(call: Call, submission: Submission) -> Answer:
    receipt: Receipt = await _edge().writes.call(submission)
    written = states.written_or_raise(receipt)
    body = None
    if states.needs_body(call, written):
        body = service.known_body(written)
        if body is None:
            body = await in_thread(service.written_body, written)
    return states.render_written(call, receipt, body)


async def _batch_get(call: Call, kind: Kind, _: str) -> Answer:
    ids = await _parse(batch_get_ids, call)
    found, missing = await ask_database(service.read_states, kind, ids, fresh=wants_fresh(call))
    return render_found(found, missing)


async def _batch_set(call: Call, kind: Kind, _: str) -> Answer:
    batch = await _parse(BatchSet, call, kind)
    submission = batch.submission
    return batch.render(await _edge().writes.call(submission) if submission else None)


_BY_METHOD: dict[tuple[str, str], Handler] = {
    ("PUT", ""): _put,
    ("PATCH", ""): _patch,
    ("DELETE", ""): _delete,
    ("POST", "batch-get"): _batch_get,
    ("POST", "batch-set"): _batch_set,
}
