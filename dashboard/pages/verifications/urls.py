"""The addresses of verifications' pages."""

from django.urls import path

from dashboard.pages.verifications.detail import VerificationPage
from dashboard.pages.verifications.list import VerificationList

urlpatterns = [
    path("verifications/", VerificationList.as_view(), name="verifications"),
    path("verifications/<str:state_id>/", VerificationPage.as_view(), name="verification"),
]
