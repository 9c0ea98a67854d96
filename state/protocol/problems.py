"""Maps every refusal to its answer (RFC 9457): the one place where a code has a status."""

from collections.abc import Mapping
from types import MappingProxyType

from state.domain import errors
from state.domain.errors import LightningError
from state.domain.jsontext import encode
from state.protocol.call import Answer

STATUS_BY_CODE: dict[str, int] = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "malformed": 400,
    "bad_filter": 400,
    "bad_page": 400,
    "bad_cursor": 400,
    "bad_precondition": 400,
    "unsupported_media_type": 415,
    "too_large": 413,
    "uri_too_long": 414,
    "headers_too_large": 431,
    "bad_host": 400,
    "request_timeout": 408,
    "invalid": 422,
    "idempotency_mismatch": 422,
    "verification_rejected": 422,
    "verifier_unavailable": 503,
    "idempotency_in_flight": 409,
    "precondition_required": 428,
    "version_conflict": 412,
    "version_not_reached": 412,
    "locked": 423,
    "lock_lost": 409,
    "lock_unavailable": 409,
    "illegal_transition": 409,
    "batch_rejected": 409,
    "cursor_expired": 410,
    "rate_limited": 429,
    "overloaded": 503,
    "timeout": 504,
    "database_unavailable": 503,
    "internal": 500,
}
INTERNAL_DETAIL = "Something went wrong here; the log has the request id."
_NO_OTHERS: Mapping[str, int] = MappingProxyType({})
_RETRY_SECONDS = {
    "rate_limited": "1",
    "overloaded": "1",
    "database_unavailable": "1",
    "verifier_unavailable": "1",
}


def status_of(refusal: LightningError) -> int:
    """The HTTP status of a refusal."""
    return STATUS_BY_CODE[refusal.code]


def error_member(refusal: LightningError) -> dict[str, object]:
    """A refusal inside a bigger answer: a batch item's ``error``."""
    return {"code": refusal.code, "detail": refusal.detail, **refusal.data}


def problem(
    refusal: LightningError,
    request_id: str,
    trace_id: str = "",
    statuses: Mapping[str, int] = _NO_OTHERS,
) -> Answer:
    """The answer to a refused request; ``statuses`` are the call's own, by code."""
    status = statuses.get(refusal.code) or status_of(refusal)
    headers = {}
    if isinstance(refusal, errors.Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="lightning"'
    if refusal.code in _RETRY_SECONDS:
        headers["Retry-After"] = _RETRY_SECONDS[refusal.code]
    if isinstance(refusal, errors.MethodNotAllowed) and refusal.allowed:
        headers["Allow"] = ", ".join(refusal.allowed)
    if refusal.level:
        headers["X-Cache"] = refusal.level
    body = {
        "type": f"urn:lightning:problem:{refusal.code}",
        "title": refusal.title,
        "status": status,
        "detail": refusal.detail,
        "code": refusal.code,
        "requestId": request_id,
        **({"traceId": trace_id} if trace_id else {}),
        **refusal.data,
    }
    return Answer(status, encode(body), headers, "application/problem+json")
