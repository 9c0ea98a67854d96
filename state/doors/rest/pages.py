"""What Django answers by itself: problems under /api, pages elsewhere."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.views.defaults import page_not_found, server_error

from state.domain.errors import LightningError, Malformed, NotFound
from state.doors.rest.door import to_response
from state.doors.rest.exceptions import as_refusal
from state.protocol.problems import INTERNAL_DETAIL, problem

logger = logging.getLogger(__name__)


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """DRF's exception handler, for the documentation; the calls have their frame."""
    refusal = as_refusal(error)
    return None if refusal is None else _refused(context["request"]._request, refusal)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler400, for what Django refuses by itself (a form in another charset, too many fields).

    Not Django's own: that one looks for a CSRF token in the form that could not be read.
    """
    if _is_api(request):
        return _refused(request, Malformed())
    return HttpResponseBadRequest(render_to_string("400.html", request=request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """handler404."""
    if _is_api(request):
        return _refused(request, NotFound("There is nothing at this URL."))
    return page_not_found(request, exception)


def failed(request: HttpRequest) -> HttpResponseBase:
    """handler500, while the exception is at hand: the log has it, once, with the request's id."""
    extra = {"request_id": _request_id(request)}
    logger.exception("A request failed: %s %s", request.method, request.path, extra=extra)
    if _is_api(request):
        return _refused(request, LightningError(INTERNAL_DETAIL))
    return server_error(request)


def _refused(request: HttpRequest, refusal: LightningError) -> HttpResponseBase:
    return to_response(problem(refusal, _request_id(request)))


def _is_api(request: HttpRequest) -> bool:
    return f"{request.path_info}/".startswith("/api/")


def _request_id(request: HttpRequest) -> str:
    return getattr(request, "request_id", "")
