"""The address of the first page."""

from django.urls import path

from dashboard.pages.overview.view import OverviewPage

urlpatterns = [path("", OverviewPage.as_view(), name="overview")]
