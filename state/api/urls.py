"""The URLs of /api/v1: the three kinds have the same ones."""

from django.urls import URLPattern, path

from state.api.views import collections, locks, states, watching
from state.domain.kinds import Kind


def _of_kind(kind: Kind) -> list[URLPattern]:
    segment = kind.segment
    return [
        path(segment, collections.ListView.as_view(kind=kind)),
        path(f"{segment}/batch-get", collections.BatchGetView.as_view(kind=kind)),
        path(f"{segment}/batch-set", collections.BatchSetView.as_view(kind=kind)),
        path(f"{segment}/<str:state_id>", states.StateView.as_view(kind=kind)),
        path(f"{segment}/<str:state_id>/history", states.HistoryView.as_view(kind=kind)),
        path(f"{segment}/<str:state_id>/diff", watching.DiffView.as_view(kind=kind)),
        path(f"{segment}/<str:state_id>/restore", watching.RestoreView.as_view(kind=kind)),
    ]


urlpatterns = [
    path("summary", collections.SummaryView.as_view()),
    path("locks", locks.LocksView.as_view()),
    path("locks/<str:lock_id>", locks.LockView.as_view()),
    path("events", watching.EventsView.as_view()),
    path("snapshot", watching.SnapshotView.as_view()),
    path("cache", collections.CacheView.as_view()),
    path("agents/heartbeat", states.HeartbeatsView.as_view()),
    path("agents/<str:state_id>/heartbeat", states.HeartbeatView.as_view()),
    path("research/<str:state_id>/facts", states.FactsView.as_view()),
    *(pattern for kind in Kind for pattern in _of_kind(kind)),
]
