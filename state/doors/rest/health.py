"""Whether the instance lives, is ready, and what it depends on (contract §9)."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from state.changelog.tail import tail
from state.domain.errors import MethodNotAllowed
from state.domain.times import format_time
from state.doors.rest.door import to_response
from state.protocol.problems import problem
from state.service import health as service_health

View = Callable[[HttpRequest], HttpResponseBase]


def _read_only(view: View) -> View:
    """The view for GET and HEAD; 405 for every other method, before any CSRF check."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return view(request)
        request_id: str = request.request_id  # type: ignore[attr-defined]
        response = to_response(problem(MethodNotAllowed(), request_id))
        response["Allow"] = "GET, HEAD"
        return response

    return answered


@_read_only
def health(request: HttpRequest) -> HttpResponse:
    """Everything, for people and monitors; 503 when the database is unreachable."""
    found = service_health.health()
    body = {
        "status": found.status,
        "timestamp": format_time(datetime.now(UTC)),
        "checks": found.checks,
        "warnings": found.warnings,
        "agentLightningAvailable": found.has_database,
        "lightningStoreInitialized": found.has_database,
        "dashboardAvailable": found.has_database,
    }
    return JsonResponse(body, status=503 if found.status == "unhealthy" else 200)


@_read_only
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@_read_only
def ready(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database is reachable, has its tables and takes writes."""
    tail.start()
    for name, check in (
        ("database", service_health.database_check),
        ("writes", service_health.writes_check),
    ):
        found = service_health.unless_lost(check) or "unreachable"
        if found != service_health.OK:
            return JsonResponse({"status": "not ready", name: found}, status=503)
    return JsonResponse({"status": "ready"})
