"""What the exceptions of Django and DRF are to the caller."""

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404
from rest_framework import exceptions as drf

from state.domain import errors
from state.protocol.refusals import refusal_of

_KNOWN: tuple[tuple[type[Exception], type[errors.LightningError]], ...] = (
    (drf.NotAuthenticated, errors.Unauthenticated),
    (drf.AuthenticationFailed, errors.Unauthenticated),
    (drf.PermissionDenied, errors.Forbidden),
    (drf.MethodNotAllowed, errors.MethodNotAllowed),
    (drf.ParseError, errors.Malformed),
    (drf.UnsupportedMediaType, errors.UnsupportedMediaType),
    (PermissionDenied, errors.Forbidden),
    (Http404, errors.NotFound),
    (RequestDataTooBig, errors.TooLarge),
    (SuspiciousOperation, errors.Malformed),
    (BadRequest, errors.Malformed),
)


def as_refusal(error: Exception) -> errors.LightningError | None:
    """The refusal an exception stands for; None for a fault of ours."""
    refusal = refusal_of(error)
    if refusal is not None:
        return refusal
    for known, refused in _KNOWN:
        if isinstance(error, known):
            reason = str(error) if isinstance(error, drf.PermissionDenied) else ""
            return refused(reason)
    return None
