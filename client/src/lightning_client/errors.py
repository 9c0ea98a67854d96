"""Every way a call can fail: the server's tree, by code, and what happens before an answer.

LightningError
├── Unauthenticated, Forbidden
├── Malformed ── BadFilter, BadPage, BadCursor, BadPrecondition
├── Invalid, IdempotencyMismatch, VerificationRejected
├── NotFound
├── VersionConflict, VersionNotReached, PreconditionRequired
├── Locked, LockLost, LockUnavailable
├── IllegalTransition, BatchRejected, IdempotencyInFlight
├── CursorExpired
├── TooLarge, UnsupportedMediaType, MethodNotAllowed, RateLimited,
│   DatabaseUnavailable, VerifierUnavailable, Overloaded, OperationTimeout
├── HeadersTooLarge, UriTooLong, BadHost, RequestTimeout
└── Unreachable ── CircuitOpen, UnexpectedAnswer          (of the client alone)

An error whose code this version does not know is a plain LightningError that carries the code.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class LightningError(Exception):
    """A refusal, or no answer at all.

    Attributes:
        code: the server's error code, such as ``version_conflict``.
        detail: one sentence for people.
        status: the HTTP status; None when there was no answer.
        request_id: finds the request in the server's log.
        data: the further members of the answer, by their JSON names.
    """

    code: str = "internal"
    _of_the_client: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        status: int | None = None,
        request_id: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.code)
        self.detail = detail or self.code
        self.status = status
        self.request_id = request_id
        self.data = dict(data or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), dict(self.__dict__))


def _rebuilt(kind: "type[LightningError]", members: dict[str, Any]) -> LightningError:
    error = kind(members.get("detail", ""))
    error.__dict__.update(members)
    return error


class Unauthenticated(LightningError):
    """The API key is missing, wrong, expired or revoked."""

    code = "unauthenticated"


class Forbidden(LightningError):
    """The key's role, or the agent it is bound to, does not allow this."""

    code = "forbidden"


class NotFound(LightningError):
    """There is no such state, version, lock or task."""

    code = "not_found"


class MethodNotAllowed(LightningError):
    code = "method_not_allowed"


class Malformed(LightningError):
    """The server could not read the request."""

    code = "malformed"


class BadFilter(Malformed):
    code = "bad_filter"


class BadPage(Malformed):
    code = "bad_page"


class BadCursor(Malformed):
    code = "bad_cursor"


class BadPrecondition(Malformed):
    code = "bad_precondition"


class UnsupportedMediaType(LightningError):
    code = "unsupported_media_type"


class TooLarge(LightningError):
    code = "too_large"


class HeadersTooLarge(LightningError):
    code = "headers_too_large"


class UriTooLong(LightningError):
    code = "uri_too_long"


class BadHost(LightningError):
    code = "bad_host"


class RequestTimeout(LightningError):
    """408: the request itself arrived too slowly."""

    code = "request_timeout"


class Invalid(LightningError):
    """422: well-formed, but not a state."""

    code = "invalid"

    @property
    def errors(self) -> list[dict[str, str]]:
        """``[{"field", "message"}]``."""
        return list(self.data.get("errors", []))


class IdempotencyMismatch(LightningError):
    """Another request was made under this Idempotency-Key."""

    code = "idempotency_mismatch"


class VerificationRejected(LightningError):
    """The verifiers judged the state below the threshold; nothing was stored."""

    code = "verification_rejected"

    @property
    def confidence(self) -> float:
        """The verdict's confidence, 0–1."""
        return float(self.data.get("confidence", 0.0))

    @property
    def issues(self) -> list[str]:
        return list(self.data.get("issues", []))


class IdempotencyInFlight(LightningError):
    """The first request under this Idempotency-Key is still running."""

    code = "idempotency_in_flight"


class VerifierUnavailable(LightningError):
    code = "verifier_unavailable"


class PreconditionRequired(LightningError):
    code = "precondition_required"


class VersionConflict(LightningError):
    """The state moved on since it was read, or is not there, or is there already."""

    code = "version_conflict"

    @property
    def current_version(self) -> int:
        """The last version there is; 0 when there was none."""
        return int(self.data.get("currentVersion", 0))


class VersionNotReached(LightningError):
    code = "version_not_reached"


class Locked(LightningError):
    """Somebody else holds the state's lock."""

    code = "locked"


class LockLost(LightningError):
    """The lease expired, was released by force, or went to somebody else."""

    code = "lock_lost"


class LockUnavailable(LightningError):
    """The lock was not had within the wait."""

    code = "lock_unavailable"

    @property
    def owner(self) -> str:
        """Who holds it."""
        return str(self.data.get("owner", ""))


class IllegalTransition(LightningError):
    """The status may not change that way."""

    code = "illegal_transition"


class BatchRejected(LightningError):
    """An item of an atomic batch failed, so nothing was stored."""

    code = "batch_rejected"

    @property
    def results(self) -> list[dict[str, Any]]:
        """One result an item, in the order sent; ``status`` 424 would have passed."""
        return list(self.data.get("results", []))


class CursorExpired(LightningError):
    """The log no longer reaches back to the cursor: list the states, then watch from there."""

    code = "cursor_expired"

    @property
    def oldest(self) -> str | None:
        """The oldest cursor that can still be watched from."""
        oldest = self.data.get("oldest")
        return None if oldest is None else str(oldest)


class RateLimited(LightningError):
    code = "rate_limited"


class Overloaded(LightningError):
    code = "overloaded"


class OperationTimeout(LightningError):
    """The server gave up; a commit under way may yet land when `outcome_unknown`."""

    code = "timeout"

    @property
    def outcome_unknown(self) -> bool:
        return self.data.get("outcome") == "unknown"


class DatabaseUnavailable(LightningError):
    code = "database_unavailable"


class Unreachable(LightningError):
    """No answer came. A write may have landed or not; the same Idempotency-Key would tell.

    Its cause is the transport's error.
    """

    code = "unreachable"
    _of_the_client = True


class CircuitOpen(Unreachable):
    """Too many calls failed lately: nothing was sent.

    Attributes:
        retry_in_seconds: when the next probe will be let through.
    """

    code = "circuit_open"
    _of_the_client = True

    def __init__(self, detail: str = "", *, retry_in_seconds: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_in_seconds = retry_in_seconds


class UnexpectedAnswer(Unreachable):
    """Whoever answered is not Lightning State, or not in a form this version can read."""

    code = "unexpected_answer"
    _of_the_client = True


def _all_below(kind: type[LightningError]) -> dict[str, type[LightningError]]:
    found = {}
    for child in kind.__subclasses__():
        if not child._of_the_client:
            found[child.code] = child
        found.update(_all_below(child))
    return found


BY_CODE: dict[str, type[LightningError]] = _all_below(LightningError)
"""The server's codes, and the exception each is raised as."""

_STANDARD_MEMBERS = {"type", "title", "status", "detail", "code", "requestId"}


def error_of(members: Mapping[str, Any], status: int | None = None) -> LightningError:
    """The exception for a problem's JSON members (or a batch item's ``error``)."""
    code = str(members.get("code", "internal"))
    kind = BY_CODE.get(code, LightningError)
    data = {name: value for name, value in members.items() if name not in _STANDARD_MEMBERS}
    error = kind(
        str(members.get("detail") or members.get("title") or ""),
        status=status,
        request_id=str(members.get("requestId", "")),
        data=data,
    )
    error.code = code
    return error
