"""Where every URL leads."""

from django.contrib import admin
from django.urls import include, path

from state.doors.rest import health
from state.doors.rest.views import CallView

handler400 = "state.doors.rest.pages.bad_request"
handler404 = "state.doors.rest.pages.not_found"
handler500 = "state.doors.rest.pages.failed"

urlpatterns = [
    path("health", health.health),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", CallView.as_view()),
    path("api/", include("state.doors.rest.urls")),
    path("admin/", admin.site.urls),
    path("", include("dashboard.urls")),
]
