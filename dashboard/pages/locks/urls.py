"""The address of the locks' page."""

from django.urls import path

from dashboard.pages.locks.view import LocksPage

urlpatterns = [path("locks/", LocksPage.as_view(), name="locks")]
