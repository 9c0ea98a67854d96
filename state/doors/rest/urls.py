"""The URLs of /api/v1: the three kinds have the same ones."""

from django.urls import URLPattern, path

from state.domain.kinds import Kind
from state.doors.rest.views import cache, collections, locks, states, watching
from state.doors.rest.views.states import StateView


def _action(kind: Kind, word: str, view: type[StateView]) -> list[URLPattern]:
    """A collection's action: POST is the action, the other methods are the state of that id."""
    return [path(f"{kind.segment}/{word}", view.as_view(kind=kind), {"state_id": word})]


def _of_kind(kind: Kind) -> list[URLPattern]:
    segment = kind.segment
    return [
        path(segment, collections.ListView.as_view(kind=kind)),
        *_action(kind, "batch-get", collections.BatchGetView),
        *_action(kind, "batch-set", collections.BatchSetView),
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
    path("cache", cache.CacheView.as_view()),
    path("cache/invalidate", cache.InvalidateCacheView.as_view()),
    *_action(Kind.AGENT, "heartbeat", states.HeartbeatsView),
    path("agents/<str:state_id>/heartbeat", states.HeartbeatView.as_view()),
    path("research/<str:state_id>/facts", states.FactsView.as_view()),
    *(pattern for kind in Kind for pattern in _of_kind(kind)),
]
