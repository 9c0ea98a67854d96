"""The dashboard's pages (contract §13)."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from dashboard.views.details import AgentPage, ResearchPage, VerificationPage
from dashboard.views.lists import AgentList, ResearchList, VerificationList
from dashboard.views.overview import OverviewPage
from dashboard.views.theme import choose_theme

pages = [
    path("", OverviewPage.as_view(), name="overview"),
    path("agents/", AgentList.as_view(), name="agents"),
    path("agents/<str:state_id>/", AgentPage.as_view(), name="agent"),
    path("research/", ResearchList.as_view(), name="researches"),
    path("research/<str:state_id>/", ResearchPage.as_view(), name="research"),
    path("verifications/", VerificationList.as_view(), name="verifications"),
    path("verifications/<str:state_id>/", VerificationPage.as_view(), name="verification"),
    path("theme/", choose_theme, name="theme"),
]

urlpatterns = [
    path("", include((pages, "dashboard"))),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
]
