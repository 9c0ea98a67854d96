"""The addresses of research's pages."""

from django.urls import path

from dashboard.pages.research.detail import ResearchPage
from dashboard.pages.research.list import ResearchList

urlpatterns = [
    path("research/", ResearchList.as_view(), name="researches"),
    path("research/<str:state_id>/", ResearchPage.as_view(), name="research"),
]
