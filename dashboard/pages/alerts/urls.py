"""The address of the alerts' page."""

from django.urls import path

from dashboard.pages.alerts.view import AlertsPage

urlpatterns = [path("alerts/", AlertsPage.as_view(), name="alerts")]
