"""Whether the instance lives, is ready, and what it depends on (contract §9)."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from state.changelog.tail import tail
from state.domain.errors import MethodNotAllowed
from state.domain.times import format_time
from state.doors.rest.door import to_response
from state.protocol.problems import problem

View = Callable[[HttpRequest], HttpResponse]


def _read_only(view: View) -> View:
    """The view for GET and HEAD; 405 for every other method, before any CSRF check."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
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
    tail.start()
    database = _database_check()
    redis = _redis_check()
    if database != "ok":
        status = "unhealthy"
    else:
        status = "healthy" if redis in ("ok", "not configured") else "degraded"
    body = {
        "status": status,
        "timestamp": format_time(datetime.now(UTC)),
        "checks": {
            "database": database,
            "redis": redis,
            "changeLog": "ok" if tail.is_current(2.0) else "behind",
        },
        "agentLightningAvailable": database == "ok",
        "lightningStoreInitialized": database == "ok",
        "dashboardAvailable": database == "ok",
    }
    return JsonResponse(body, status=503 if status == "unhealthy" else 200)


@_read_only
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@_read_only
def ready(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database is reachable and has its tables."""
    tail.start()
    database = _database_check()
    if database != "ok":
        return JsonResponse({"status": "not ready", "database": database}, status=503)
    return JsonResponse({"status": "ready"})


def _database_check() -> str:
    if tail.has_lost_database:
        return "unreachable"
    try:
        with connection.cursor() as cursor:
            cursor.execute("select epoch from state_changelog")
            return "ok" if cursor.fetchone() else "not migrated"
    except Error:
        connection.close()
        return "unreachable"


def _redis_check() -> str:
    if not settings.REDIS_URL:
        return "not configured"
    try:
        get_redis_connection("default").ping()
    except RedisError:
        return "unreachable"
    return "ok"
