"""Exit codes that scripts can use."""

from lightning_client import errors

FAILED, NOT_FOUND, CONFLICT, NOT_ALLOWED, REFUSED, UNAVAILABLE, NOT_VALID = 1, 3, 4, 5, 6, 7, 8

TABLE = (
    "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 not found · 4 conflict (version,"
    " transition, lock) · 5 key refused · 6 the server does not accept it · 7 server not"
    " available · 8 judged and not valid"
)

_CODES: tuple[tuple[int, tuple[type[errors.LightningError], ...]], ...] = (
    (NOT_FOUND, (errors.NotFound, errors.CursorExpired)),
    (
        CONFLICT,
        (
            errors.VersionConflict,
            errors.VersionNotReached,
            errors.PreconditionRequired,
            errors.IllegalTransition,
            errors.Locked,
            errors.LockLost,
            errors.LockUnavailable,
            errors.BatchRejected,
            errors.IdempotencyInFlight,
        ),
    ),
    (NOT_ALLOWED, (errors.Unauthenticated, errors.Forbidden)),
    (
        UNAVAILABLE,
        (
            errors.Unreachable,
            errors.Overloaded,
            errors.OperationTimeout,
            errors.DatabaseUnavailable,
            errors.VerifierUnavailable,
            errors.RateLimited,
        ),
    ),
)


def exit_code(error: errors.LightningError) -> int:
    """The exit code of a call that failed."""
    for code, kinds in _CODES:
        if isinstance(error, kinds):
            return code
    return REFUSED if type(error) is not errors.LightningError else FAILED
