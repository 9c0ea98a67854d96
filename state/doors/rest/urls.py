"""The URLs of ``/api``: the calls, and how they are documented."""

from django.urls import path, re_path

from state.doors.rest.health import health
from state.doors.rest.schema import docs, schema
from state.doors.rest.views import CallView

urlpatterns = [
    re_path(r"^(?:v1|verl|rlcs|agents|tasks|resources|server)/[\s\S]*\Z", CallView.as_view()),
    path("agents", CallView.as_view()),
    path("health", health),
    path("schema", schema, name="schema"),
    path("docs", docs, name="docs"),
]
