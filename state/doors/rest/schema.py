"""``/api/schema`` and ``/api/docs``: the table of calls, documented, without the internet."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from state.domain.jsontext import encode
from state.operations import openapi
from state.operations.calls import table


@csrf_exempt  # as the view behind it
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from the sidecar; anybody may read it."""
    return _docs_view()(request)


@cache
def _docs_view() -> Callable[[HttpRequest], HttpResponse]:
    # Loaded when it is asked for: for one page it brings sixty modules along, Django's tests among
    # them.
    from drf_spectacular.views import SpectacularSwaggerSplitView

    view: Callable[[HttpRequest], HttpResponse] = SpectacularSwaggerSplitView.as_view(
        authentication_classes=(),
        permission_classes=(),
        url_name="schema",
        template_name="docs/swagger.html",
    )
    return view


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(_document(), content_type="application/json")


@cache
def _document() -> bytes:
    about = settings.SPECTACULAR_SETTINGS
    return encode(
        openapi.describe(
            table.operations,
            title=about["TITLE"],
            version=about["VERSION"],
            about=about["DESCRIPTION"],
        )
    )
