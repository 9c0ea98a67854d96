"""Every way a request can be refused.

LightningError
├── Unauthenticated, Forbidden
├── Malformed ── BadFilter, BadPage, BadCursor, BadPrecondition
├── Invalid, VerificationRejected, IdempotencyMismatch
├── NotFound
├── VersionConflict, VersionNotReached, PreconditionRequired
├── Locked, LockLost, LockUnavailable
├── IllegalTransition, BatchRejected, IdempotencyInFlight
├── CursorExpired
└── TooLarge, UriTooLong, HeadersTooLarge, BadHost, RequestTimeout,
    UnsupportedMediaType, MethodNotAllowed, RateLimited,
    DatabaseUnavailable, VerifierUnavailable, Overloaded, OperationTimeout

An error is a code, a sentence and data; which HTTP status a code has is the doors' business.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Self


class LightningError(Exception):
    """A refusal; ``data`` holds the contract's extra members by their JSON names."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "", **data: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.data = data
        self.level = ""

    def at_level(self, level: str) -> Self:
        """The refusal, with the cache level that knew it."""
        self.level = level
        return self


class Unauthenticated(LightningError):
    code, title = "unauthenticated", "Credentials are missing or not valid"


class Forbidden(LightningError):
    code, title = "forbidden", "These credentials do not allow this"


class NotFound(LightningError):
    code, title = "not_found", "There is no such thing"


class MethodNotAllowed(LightningError):
    code, title = "method_not_allowed", "This method is not allowed here"

    def __init__(self, detail: str = "", *, allowed: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.allowed = tuple(allowed)


class Malformed(LightningError):
    code, title = "malformed", "The request cannot be read"


class BadFilter(Malformed):
    code, title = "bad_filter", "A filter or ordering is not known here"


class BadPage(Malformed):
    code, title = "bad_page", "The page token does not belong to this list"


class BadCursor(Malformed):
    code, title = "bad_cursor", "The cursor was never handed out"


class BadPrecondition(Malformed):
    code, title = "bad_precondition", "A precondition header cannot be read"


class UnsupportedMediaType(LightningError):
    code, title = "unsupported_media_type", "The body must be JSON"


class TooLarge(LightningError):
    code, title = "too_large", "The body is too large"

    @classmethod
    def above(cls, limit_bytes: int) -> "TooLarge":
        """The refusal of a body that is larger than its call takes."""
        return cls(f"The body is larger than {limit_bytes // 1024} KiB.")


class UriTooLong(LightningError):
    code, title = "uri_too_long", "The URL is longer than 64 KiB"


class HeadersTooLarge(LightningError):
    code, title = "headers_too_large", "The header lines are more than 128, or above 64 KiB"


class BadHost(LightningError):
    code, title = "bad_host", "This name is not one of the server's"


class RequestTimeout(LightningError):
    code, title = "request_timeout", "The request did not arrive in time"


class Invalid(LightningError):
    """422: well-formed, but not a state. ``errors`` lists ``{"field", "message"}``."""

    code, title = "invalid", "The state is not valid"

    @classmethod
    def field(cls, field: str, message: str) -> "Invalid":
        return cls(f"{field}: {message}" if field else message, errors=[error(field, message)])


class IdempotencyMismatch(LightningError):
    code, title = "idempotency_mismatch", "Another request was made under this Idempotency-Key"


class IdempotencyInFlight(LightningError):
    code, title = "idempotency_in_flight", "The first request under this key is still running"


class VerificationRejected(LightningError):
    code, title = "verification_rejected", "The verifiers rejected the state"


class VerifierUnavailable(LightningError):
    code, title = "verifier_unavailable", "A verifier could not be reached"


class PreconditionRequired(LightningError):
    code, title = "precondition_required", "The state exists: say which version you replace"


class VersionConflict(LightningError):
    code, title = "version_conflict", "The state is not at the version you named"

    def __init__(self, current_version: int, detail: str = "") -> None:
        super().__init__(
            detail or f"The current version is {current_version}.", currentVersion=current_version
        )
        self.current_version = current_version


class VersionNotReached(LightningError):
    code, title = "version_not_reached", "The database has no such version yet"


class Locked(LightningError):
    code, title = "locked", "Somebody holds the lock of this state"


class LockLost(LightningError):
    code, title = "lock_lost", "The lock token is wrong, expired, released or superseded"


class LockUnavailable(LightningError):
    code, title = "lock_unavailable", "The lock was not free within the wait"


class IllegalTransition(LightningError):
    code, title = "illegal_transition", "The status may not change that way"


class BatchRejected(LightningError):
    code, title = "batch_rejected", "Nothing was stored: an item of the atomic batch failed"


class CursorExpired(LightningError):
    code, title = "cursor_expired", "The log no longer reaches back to this cursor"


class RateLimited(LightningError):
    code, title = "rate_limited", "Too many requests"


class Overloaded(LightningError):
    code, title = "overloaded", "The instance is at its limit"


class OperationTimeout(LightningError):
    code, title = "timeout", "The operation did not end in time"


class DatabaseUnavailable(LightningError):
    code, title = "database_unavailable", "The database cannot be reached"


RETRYABLE = (DatabaseUnavailable, Overloaded, OperationTimeout)
"""What says nothing about the request: the same one may well succeed in a moment."""


def error(field: str, message: str) -> dict[str, str]:
    """One entry of a problem's ``errors``."""
    return {"field": field, "message": message}


def many_invalid(errors: list[dict[str, str]]) -> Invalid:
    """One refusal for all the fields that are wrong."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    where = f"{first['field']}: " if first["field"] else ""
    return Invalid(f"{where}{first['message']}{more}", errors=errors)
