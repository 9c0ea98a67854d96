"""The dashboard's pages (contract §13): every folder of ``pages`` brings its own."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from dashboard.pages.activity import urls as activity
from dashboard.pages.agents import urls as agents
from dashboard.pages.alerts import urls as alerts
from dashboard.pages.cache import urls as cache
from dashboard.pages.jobs import urls as jobs
from dashboard.pages.keys import urls as keys
from dashboard.pages.locks import urls as locks
from dashboard.pages.overview import urls as overview
from dashboard.pages.research import urls as research
from dashboard.pages.system import urls as system
from dashboard.pages.theme import urls as theme
from dashboard.pages.verifications import urls as verifications

pages = [
    *overview.urlpatterns,
    *agents.urlpatterns,
    *research.urlpatterns,
    *verifications.urlpatterns,
    *activity.urlpatterns,
    *alerts.urlpatterns,
    *jobs.urlpatterns,
    *locks.urlpatterns,
    *cache.urlpatterns,
    *system.urlpatterns,
    *keys.urlpatterns,
    *theme.urlpatterns,
]

urlpatterns = [
    path("", include((pages, "dashboard"))),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
]
