"""The address of the caches' page."""

from django.urls import path

from dashboard.pages.cache.view import CachePage

urlpatterns = [path("cache/", CachePage.as_view(), name="cache")]
