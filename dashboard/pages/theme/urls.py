"""Where the theme's form is sent."""

from django.urls import path

from dashboard.pages.theme.view import choose_theme

urlpatterns = [path("theme/", choose_theme, name="theme")]
