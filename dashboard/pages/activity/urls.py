"""The addresses of the activity: the page, what came since it was read, and its exports."""

from django.urls import path

from dashboard.pages.activity.export import export_csv, export_json
from dashboard.pages.activity.news import count_news
from dashboard.pages.activity.view import ActivityPage

urlpatterns = [
    path("activity/", ActivityPage.as_view(), name="activity"),
    path("activity/news", count_news, name="activity-news"),
    path("activity/export.csv", export_csv, name="activity-csv"),
    path("activity/export.json", export_json, name="activity-json"),
]
