"""What OpenAPI says about each operation: parameters, bodies, answers."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer

from state.doors.rest import serializers
from state.doors.rest.authentication import KeyAuthentication, OperatorSessionAuthentication

ANY_STATE = PolymorphicProxySerializer(
    component_name="State",
    serializers=[serializers.Agent, serializers.Research, serializers.Verification],
    resource_type_field_name=None,
)


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=description
    )


def _query(name: str, description: str, type_: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, type_, OpenApiParameter.QUERY, description=description)


def _problems(*statuses: int) -> dict[Any, Any]:
    return {
        (status, "application/problem+json"): serializers.Problem
        for status in (400, 401, 403, *statuses, 503)
    }


_IF_MATCH = _header("If-Match", 'The version you read, as its ETag: `"7"`; `*` for any.')
_WRITE_HEADERS = [
    _header("Prefer", "`return=minimal`: no body in the answer."),
    _header(
        "Idempotency-Key",
        "A retry under the same key gets the first answer (24 h; ≤200 characters).",
    ),
    _header("Lightning-Reason", "Why; kept in the change log (≤500 characters)."),
    _header("Lock-Token", "The token of the lock you hold on this state."),
    _query(
        "force",
        "`true` lifts the transition rules (operators); without a reason the log says `forced`.",
        OpenApiTypes.BOOL,
    ),
]
_PAGING = [
    _query("limit", "Items a page.", OpenApiTypes.INT),
    _query("page", "The page token from `next`."),
]

GET_STATE: dict[str, Any] = {
    "summary": "Read one state",
    "parameters": [
        _query("version", "The state as it was at this version.", OpenApiTypes.INT),
        _query("include", "`lastSeen`: an agent's last heartbeat; then the answer is never 304."),
        _header("If-None-Match", "304 when the version is still this ETag."),
        _header("Cache-Control", "`no-cache` reads the database."),
        _header("Lightning-Min-Version", "Never answer with an older version."),
    ],
    "responses": {200: ANY_STATE, 304: None, **_problems(404, 412)},
}
PUT_STATE: dict[str, Any] = {
    "summary": "Create or replace one state",
    "description": "With `If-Match` it replaces, with `If-None-Match: *` it only creates; without "
    "either it creates, and is refused with 428 when the state is there.",
    "parameters": [_IF_MATCH, _header("If-None-Match", "`*`: create only."), *_WRITE_HEADERS],
    "request": ANY_STATE,
    "responses": {
        200: ANY_STATE,
        201: ANY_STATE,
        204: None,
        **_problems(409, 412, 413, 415, 422, 423, 428),
    },
}
PATCH_STATE: dict[str, Any] = {
    "summary": "Merge into one state (RFC 7396)",
    "description": "Concurrent patches of different fields all survive; `If-Match` is optional.",
    "parameters": [_IF_MATCH, *_WRITE_HEADERS],
    "request": {"application/merge-patch+json": ANY_STATE, "application/json": ANY_STATE},
    "responses": {200: ANY_STATE, 204: None, **_problems(404, 409, 412, 413, 415, 422, 423)},
}
DELETE_STATE: dict[str, Any] = {
    "summary": "Delete one state",
    "parameters": [_IF_MATCH, *_WRITE_HEADERS],
    "responses": {204: None, **_problems(404, 409, 412, 423, 428)},
}
LIST_FACTS: dict[str, Any] = {
    "summary": "A research's facts, in order",
    "parameters": _PAGING,
    "responses": {200: serializers.FactsPage, **_problems(404)},
}
APPEND_FACTS: dict[str, Any] = {
    "summary": "Add facts to a research, or update them by id",
    "parameters": [_IF_MATCH, *_WRITE_HEADERS],
    "request": serializers.FactsInput,
    "responses": {
        200: serializers.FactsOutcome,
        204: None,
        **_problems(404, 409, 412, 413, 415, 422, 423),
    },
}
HISTORY: dict[str, Any] = {
    "summary": "Every change of one state, newest first",
    "description": "A page ends at `limit` or at about 1 MiB; `next` is the `before` of the "
    "following one.",
    "parameters": [
        _query("limit", "Changes a page.", OpenApiTypes.INT),
        _query("before", "Only changes below this version.", OpenApiTypes.INT),
    ],
    "responses": {200: serializers.HistoryPage, **_problems(404)},
}
HEARTBEAT: dict[str, Any] = {
    "summary": "The agent is alive",
    "request": None,
    "responses": {204: None, **_problems(404)},
}
HEARTBEATS: dict[str, Any] = {
    "summary": "These agents are alive",
    "request": serializers.Ids,
    "responses": {204: None, **_problems(413, 415, 422)},
}
LIST_STATES: dict[str, Any] = {
    "summary": "List states",
    "description": "Filters that do not belong to the kind are refused. Research items carry "
    "`factCount`, not the facts. `cursor` is the change log's place when the page was read.",
    "parameters": [
        _query("status", "Agents and research."),
        _query("agentType", "Agents."),
        _query("sourceId", "Verifications."),
        _query("verified", "Verifications.", OpenApiTypes.BOOL),
        _query("minConfidence", "Verifications.", OpenApiTypes.FLOAT),
        _query("q", "Text anywhere in the state, whatever its case (≤1000 characters)."),
        _query("updatedSince", "Changed at or after this time.", OpenApiTypes.DATETIME),
        _query("ordering", "`id`, `createdAt` or `lastUpdated`; `-` before it for descending."),
        _query("include", "`lastSeen`: agents with their last heartbeat."),
        *_PAGING,
    ],
    "responses": {200: OpenApiTypes.OBJECT, **_problems()},
}
BATCH_GET: dict[str, Any] = {
    "summary": "Read up to 1000 states",
    "request": serializers.Ids,
    "responses": {200: OpenApiTypes.OBJECT, **_problems(413, 415, 422)},
}
BATCH_SET: dict[str, Any] = {
    "summary": "Write up to 1000 states",
    "description": "One transaction. With `atomic`, one failure stores nothing: every item is "
    "judged, and those that would have passed say 424.",
    "parameters": _WRITE_HEADERS,
    "request": serializers.BatchInput,
    "responses": {200: serializers.BatchOutcome, **_problems(409, 413, 415, 422)},
}
SUMMARY: dict[str, Any] = {
    "summary": "Exact counts per kind and status",
    "responses": {200: OpenApiResponse(OpenApiTypes.OBJECT), **_problems()},
}
CACHE: dict[str, Any] = {
    "summary": "Hit rates and sizes per cache level",
    "description": "L1 is summed over all workers; entries, bytes and evictions of L2 are Redis' "
    "own figures. `hitRate` is the share of reads that spared the database.",
    "responses": {200: serializers.CacheReport, **_problems()},
}
INVALIDATE_CACHE: dict[str, Any] = {
    "summary": "Drop a key or a category from every cache (operators)",
    "description": "Categories: `agent_state`, `research_state`, `verification_state`, "
    "`verifications`; a key is `<category>:<id>`. Every instance acts within a second. `removed` "
    "counts the entries that went in the worker that answers and in Redis, not those that the "
    "other workers and instances drop then.",
    "request": serializers.CacheInvalidation,
    "responses": {200: serializers.CacheInvalidated, **_problems(413, 415, 422)},
}

DIFF: dict[str, Any] = {
    "summary": "The top-level fields in which two versions differ",
    "parameters": [
        _query("from", "A version.", OpenApiTypes.INT),
        _query("to", "Another version.", OpenApiTypes.INT),
    ],
    "responses": {200: serializers.Difference, **_problems(404)},
}
RESTORE: dict[str, Any] = {
    "summary": "Write the content of an old version as a new one",
    "description": "Needs `If-Match`; for a deleted state `If-None-Match: *`.",
    "parameters": [
        _IF_MATCH,
        _header("If-None-Match", "`*`: the state is deleted."),
        *_WRITE_HEADERS,
    ],
    "request": serializers.RestoreInput,
    "responses": {200: ANY_STATE, 201: ANY_STATE, **_problems(404, 409, 412, 415, 422, 423, 428)},
}
EVENTS: dict[str, Any] = {
    "summary": "The change log behind a cursor",
    "description": "Without `after`: an empty list and the current cursor, at once. No event is "
    "missed and none comes twice; the events of one atomic batch come together. A page ends at "
    "`limit` or at about 1 MiB, whichever is first; its `cursor` says where it stopped. 410: the "
    "cursor is older than the retention, or belongs to a history that a restored backup lost.\n\n"
    "`WS /ws/events?after=&kinds=&ids=` sends the same as frames: "
    '`{"type":"events","events","cursor"}`, `{"type":"heartbeat","cursor"}` at least every 15 s. '
    "Frames stay below 512 KiB, except for one atomic batch or one single event that is larger "
    "by itself: an event holds the old and the new value of every field that changed, so one of "
    "a state of 1 MiB can have 2 MiB.",
    "parameters": [
        _query("after", "The cursor to go on from."),
        _query("kinds", "Comma-separated."),
        _query("ids", "Comma-separated."),
        _query("limit", "Events a page (≤1000; default 500).", OpenApiTypes.INT),
        _query(
            "wait",
            "With `after`: seconds to wait for the first event (≤60; default 20); fewer when the"
            " instance ends.",
            OpenApiTypes.FLOAT,
        ),
    ],
    "responses": {200: serializers.EventPage, **_problems(410)},
}
SNAPSHOT: dict[str, Any] = {
    "summary": "The whole fleet as it was",
    "description": 'NDJSON: `{"type":"header","cursor"}`, a line a state '
    '(`{"type":"state","kind","state"}`), `{"type":"trailer","count"}`.',
    "parameters": [_query("at", "A cursor or a timestamp; now, when absent.")],
    "responses": {(200, "application/x-ndjson"): OpenApiTypes.STR, **_problems(410)},
}

_LOCK_TOKEN = _header("Lock-Token", "The token from the acquisition.")
LIST_LOCKS: dict[str, Any] = {
    "summary": "The locks held now",
    "description": "In the order they were acquired. A page token goes with its filters only.",
    "parameters": [_query("kind", "A kind."), _query("id", "A state's id."), *_PAGING],
    "responses": {200: OpenApiTypes.OBJECT, **_problems()},
}
ACQUIRE_LOCK: dict[str, Any] = {
    "summary": "Lock a state",
    "description": "Waiters get the lock in the order they came. `token` is shown once; "
    "`fencingToken` grows with every acquisition. 503 `overloaded`: the instance ends before the "
    "wait does, or another transaction keeps the state; ask again.",
    "parameters": [_header("Idempotency-Key", "A retry gets the same lease and token (24 h).")],
    "request": serializers.LockInput,
    "responses": {201: serializers.Lock, **_problems(409, 413, 415, 422)},
}
_LOCK_KEY = _header("Idempotency-Key", "A retry under the same key gets the first answer (24 h).")
RENEW_LOCK: dict[str, Any] = {
    "summary": "Extend a lock you hold",
    "parameters": [_LOCK_TOKEN, _LOCK_KEY],
    "request": serializers.RenewInput,
    "responses": {200: serializers.Lock, **_problems(404, 409, 413, 415, 422)},
}
RELEASE_LOCK: dict[str, Any] = {
    "summary": "Release a lock",
    "parameters": [
        _LOCK_TOKEN,
        _LOCK_KEY,
        _query("force", "`true` needs no token (operators).", OpenApiTypes.BOOL),
    ],
    "responses": {204: None, **_problems(404, 409, 422)},
}


class _KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = KeyAuthentication
    name = ["bearerKey", "apiKeyHeader"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        ]


class _SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = OperatorSessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
