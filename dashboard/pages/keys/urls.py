"""The address of the keys' page."""

from django.urls import path

from dashboard.pages.keys.view import KeysPage

urlpatterns = [path("keys/", KeysPage.as_view(), name="keys")]
