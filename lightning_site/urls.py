"""Where every URL leads."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from state.doors.rest.views import health

handler400 = "state.doors.rest.exceptions.bad_request"
handler404 = "state.doors.rest.exceptions.not_found"
handler500 = "state.doors.rest.exceptions.failed"

urlpatterns = [
    path("health", health.health),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("api/v1/", include("state.doors.rest.urls")),
    path(
        "api/schema",
        SpectacularAPIView.as_view(renderer_classes=[OpenApiJsonRenderer2]),
        name="schema",
    ),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
    path("", include("dashboard.urls")),
]
