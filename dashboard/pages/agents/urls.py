"""The addresses of agents' pages."""

from django.urls import path

from dashboard.pages.agents.detail import AgentPage
from dashboard.pages.agents.list import AgentList

urlpatterns = [
    path("agents/", AgentList.as_view(), name="agents"),
    path("agents/<str:state_id>/", AgentPage.as_view(), name="agent"),
]
