"""The addresses of jobs' pages."""

from django.urls import path

from dashboard.pages.jobs.detail import JobPage
from dashboard.pages.jobs.list import JobsPage

urlpatterns = [
    path("jobs/", JobsPage.as_view(), name="jobs"),
    path("jobs/<str:job_id>/", JobPage.as_view(), name="job"),
]
