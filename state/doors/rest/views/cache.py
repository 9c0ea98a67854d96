"""``/api/v1/cache`` (contract §6)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from state import service
from state.domain.jsontext import encode
from state.doors.rest import documentation as docs
from state.doors.rest.door import call_of, to_response
from state.protocol.caches import invalidated_name
from state.protocol.call import Answer


class CacheView(APIView):
    """``GET /api/v1/cache``."""

    @extend_schema(**docs.CACHE)
    def get(self, request: Request) -> HttpResponse:
        return to_response(Answer(200, encode(service.cache_report())))


class InvalidateCacheView(APIView):
    """``POST /api/v1/cache/invalidate``."""

    roles = {"POST": "operator"}

    @extend_schema(**docs.INVALIDATE_CACHE)
    def post(self, request: Request) -> HttpResponse:
        removed = service.invalidate_cache(invalidated_name(call_of(request)))
        return to_response(Answer(200, encode({"removed": removed})))
