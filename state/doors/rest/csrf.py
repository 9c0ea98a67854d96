"""Django's CSRF checks with the one rule for origins (``state.access.origin``)."""

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import CSRFCheck

from state.access.origin import origin_is_ours


class _OneRule:
    """The part of both checks that judges an Origin."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        return origin_is_ours(
            request.META["HTTP_ORIGIN"], request.META.get("HTTP_HOST", ""), request.is_secure()
        )


class CsrfMiddleware(_OneRule, CsrfViewMiddleware):
    """For pages and forms."""


class ApiCsrfCheck(_OneRule, CSRFCheck):
    """For the API, where a session is the caller's credential; returns the reason of a refusal."""
