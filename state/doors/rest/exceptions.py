"""Turns every refusal and failure of a view into problem+json."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import bad_request as django_bad_request
from django.views.defaults import page_not_found, server_error
from rest_framework import exceptions as drf

from state.domain import errors
from state.doors.rest.door import to_response
from state.protocol.problems import INTERNAL_DETAIL, problem

logger = logging.getLogger(__name__)

_DRF_ERRORS: tuple[tuple[type[Exception], type[errors.LightningError]], ...] = (
    (drf.NotAuthenticated, errors.Unauthenticated),
    (drf.AuthenticationFailed, errors.Unauthenticated),
    (drf.MethodNotAllowed, errors.MethodNotAllowed),
    (drf.UnsupportedMediaType, errors.UnsupportedMediaType),
    (drf.Throttled, errors.RateLimited),
    (drf.ParseError, errors.Malformed),
    (drf.NotFound, errors.NotFound),
    (Http404, errors.NotFound),
    (drf.PermissionDenied, errors.Forbidden),
    (PermissionDenied, errors.Forbidden),
    (RequestDataTooBig, errors.TooLarge),
)


def as_refusal(error: Exception) -> errors.LightningError | None:
    """The refusal an exception stands for; None for a fault of ours."""
    if isinstance(error, errors.LightningError):
        return error
    for known, refusal in _DRF_ERRORS:
        if isinstance(error, known):
            reason = str(error) if isinstance(error, drf.PermissionDenied) else ""
            return refusal(reason)
    return None


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception handler."""
    request_id: str = context["request"]._request.request_id
    refusal = as_refusal(error)
    if refusal is None:
        logger.exception("A request failed.", extra={"request_id": request_id})
        refusal = errors.LightningError(INTERNAL_DETAIL)
    response = to_response(problem(refusal, request_id))
    if isinstance(refusal, errors.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400, for what Django refuses by itself (a Host that is none): JSON under /api."""
    if _is_api(request):
        return to_response(problem(errors.Malformed(), _request_id(request)))
    return django_bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: JSON under /api, a page elsewhere."""
    if _is_api(request):
        refusal = errors.NotFound("There is nothing at this URL.")
        return to_response(problem(refusal, _request_id(request)))
    return page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """handler500: JSON under /api, a page elsewhere."""
    if _is_api(request):
        refusal = errors.LightningError(INTERNAL_DETAIL)
        return to_response(problem(refusal, _request_id(request)))
    return server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return f"{request.path}/".startswith("/api/")


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
