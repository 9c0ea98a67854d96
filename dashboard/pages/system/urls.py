"""The address of the system's page."""

from django.urls import path

from dashboard.pages.system.view import SystemPage

urlpatterns = [path("system/", SystemPage.as_view(), name="system")]
