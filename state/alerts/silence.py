"""Which agents are Processing and have not been heard of for too long."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, OuterRef, Q, Subquery
from django.db.models.functions import Now

from state.alerts.judge import Breach
from state.alerts.rules import Rule
from state.models import AgentHeartbeat, AgentState

_SILENT_MAX = 10_000
_LOOKS_IN_A_LIMIT = 30


class SilenceWatch:
    """Looks as often as the limits deserve: the question is the dearest of an idle worker's."""

    def __init__(self, rule: Rule, default_seconds: float, by_type: Mapping[str, float]) -> None:
        self._asked = (rule, default_seconds, by_type)
        self._pause_seconds = min([default_seconds, *by_type.values()]) / _LOOKS_IN_A_LIMIT
        self._look_at = float("-inf")
        self._silent: Sequence[Breach] = ()

    def refresh(self, now: float) -> Sequence[Breach]:
        """The breaches as of the last look; ``now`` is a monotonic time."""
        if now >= self._look_at:
            self._silent = silent_agents(*self._asked)
            self._look_at = now + self._pause_seconds
        return self._silent

    def forget(self) -> None:
        """Looks anew the next time."""
        self._look_at = float("-inf")


def silent_agents(
    rule: Rule, default_seconds: float, by_type: Mapping[str, float]
) -> Sequence[Breach]:
    """A breach for each; a heartbeat is a sign of life as a change is one.

    By the database's clock, which gave the states their times.
    """
    shortest = min([default_seconds, *by_type.values()])
    since = Now() - timedelta(seconds=shortest)
    beat = AgentHeartbeat.objects.filter(agent_id=OuterRef("id")).values("last_seen")[:1]
    quiet = (
        AgentState.objects.filter(live=True, status="Processing", updated_at__lt=since)
        .annotate(beat=Subquery(beat), now=ExpressionWrapper(Now(), output_field=DateTimeField()))
        .filter(Q(beat__isnull=True) | Q(beat__lt=since))
        .order_by("updated_at", "id")
        .values_list("id", "agent_type", "version", "updated_at", "now", "beat")[:_SILENT_MAX]
    )
    breaches = []
    for agent_id, agent_type, version, updated_at, now, beat_at in quiet:
        assert updated_at is not None  # a live state has a time
        heard_at = updated_at if beat_at is None else max(updated_at, beat_at)
        seconds = (now - heard_at).total_seconds()
        limit = by_type.get(agent_type, default_seconds)
        if seconds > limit:
            own = replace(rule, threshold=limit)
            breaches.append(Breach(own, agent_id, round(seconds, 1), str(version)))
    return breaches
