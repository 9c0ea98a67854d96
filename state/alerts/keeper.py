"""Opens, counts up and closes alerts, once a deployment: in its eldest worker."""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from time import monotonic

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from state.alerts import figures
from state.alerts.delivery import Channels
from state.alerts.fields import FieldWatch
from state.alerts.judge import Breach, Identity, Judge, OpenAlert, Verdict
from state.alerts.rules import STATE_KINDS, Rule, named
from state.alerts.silence import SilenceWatch
from state.changelog.events import ChangeEvent
from state.changelog.tail import Tail
from state.models import Alert
from state.presence import workers
from state.runtime.background import BackgroundThread

ROUND_SECONDS = 1.0
_READ_OPEN_SECONDS = 10.0
"""Nobody else opens or closes alerts, but for one who believes for a moment to be the eldest."""

_SUMMARY_LIMIT = 1000


class Keeper:
    """Judges once a second while this worker is the eldest; otherwise it only looks who is.

    Args:
        rules: the product's own and the user's.
        silent_limits: seconds of silence by default, and by agent type.
        waiting: names of operations that wait by their nature.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        silent_limits: tuple[float, Mapping[str, float]],
        channels: Channels,
        tail: Tail,
        waiting: Set[str],
    ) -> None:
        self.is_in_charge = False
        """Whether this worker is the eldest, as of the last look."""
        self.rules = tuple(rules)
        self._by_name = named(rules)
        self._silence = SilenceWatch(self._by_name["agent_silent"], *silent_limits)
        self._channels = channels
        self._tail = tail
        self._waiting = waiting
        self._judge = Judge()
        self._watch: FieldWatch | None = None
        self._open: dict[Identity, OpenAlert] | None = None
        self._read_open_at = 0.0
        self._unsubscribe: Callable[[], None] = lambda: None
        self._loop = BackgroundThread("alerts", self._round, close=self._rest)

    def start(self) -> None:
        """Starts; does nothing when it runs already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._loop.stop()

    def _round(self) -> float:
        self.is_in_charge = False  # should the question fail
        alive = workers.alive()
        self.is_in_charge = bool(alive) and alive[0].id == workers.me.id
        if not self.is_in_charge:
            self._rest()
            connection.close()
            return ROUND_SECONDS
        if self._watch is None:
            self._watch = FieldWatch([rule for rule in self.rules if _is_over_a_field(rule)])
            self._unsubscribe = self._tail.subscribe(self._note)
        newest = max(worker.seen_at for worker in alive)
        reports = [
            figures.Report(worker.instance, worker.figures)
            for worker in alive
            if worker.figures and (newest - worker.seen_at).total_seconds() < workers.FRESH_SECONDS
        ]
        minute = f"{newest:%Y-%m-%dT%H:%M}"
        breaches = [
            *figures.breaches_of(self._by_name, reports, minute, self._waiting),
            *self._silence.refresh(monotonic()),
            *self._watch.refresh(),
        ]
        # Without reports nothing is known of the metrics: their alerts stay as they are.
        unknown = [] if reports else [rule.name for rule in self.rules if _is_metric(rule)]
        if self._open is None or monotonic() - self._read_open_at > _READ_OPEN_SECONDS:
            self._open, self._read_open_at = _open_alerts(), monotonic()
        verdict = self._judge.judge(breaches, self._open, monotonic(), unknown)
        if verdict.opened or verdict.repeated or verdict.closed:
            self._open = None
            _keep(verdict, self._channels)
        return ROUND_SECONDS

    def _note(self, events: Sequence[ChangeEvent]) -> None:
        if self._watch is not None:
            self._watch.note(events)

    def _rest(self) -> None:
        """What was remembered is learned anew by whoever judges next."""
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._watch = None
        self._silence.forget()
        self._judge = Judge()
        self._open = None


def _is_metric(rule: Rule) -> bool:
    return rule.kind not in STATE_KINDS


def _is_over_a_field(rule: Rule) -> bool:
    return rule.kind in STATE_KINDS and rule.name != "agent_silent"


def _open_alerts() -> dict[Identity, OpenAlert]:
    rows = Alert.objects.filter(closed_at__isnull=True)
    return {
        (rule, subject): OpenAlert(number, occurrence)
        for number, rule, subject, occurrence in rows.values_list(
            "id", "rule", "subject", "occurrence"
        )
    }


def _keep(verdict: Verdict, channels: Channels) -> None:
    """Writes what was decided, and what is to be delivered of it, in one transaction."""
    with transaction.atomic():
        opened = [number for breach in verdict.opened if (number := _open(breach)) is not None]
        for number, breach in verdict.repeated:
            Alert.objects.filter(id=number, closed_at__isnull=True).update(
                count=F("count") + 1,
                occurrence=breach.occurrence,
                value=breach.value,
                summary=_summary(breach),
                last_seen_at=Now(),
            )
        ending = Alert.objects.filter(id__in=verdict.closed, closed_at__isnull=True)
        closed = list(ending.values_list("id", flat=True))
        ending.update(closed_at=Now())
        channels.enqueue("opened", opened)
        channels.enqueue("closed", closed)


def _open(breach: Breach) -> int | None:
    """The id of a new alert; None when it is open already.

    Two workers may both believe to be the eldest for a moment: one alert is kept.
    """
    alert, is_new = Alert.objects.get_or_create(
        rule=breach.rule.name,
        subject=breach.subject,
        closed_at=None,
        defaults={
            "severity": breach.rule.severity,
            "kind": breach.rule.kind,
            "summary": _summary(breach),
            "value": breach.value,
            "threshold": breach.rule.threshold,
            "occurrence": breach.occurrence,
            "opened_at": Now(),
            "last_seen_at": Now(),
        },
    )
    return alert.pk if is_new else None


def _summary(breach: Breach) -> str:
    return breach.rule.sentence(breach.subject, breach.value)[:_SUMMARY_LIMIT]


def acknowledge(alert_id: int, by: str, note: str, at: datetime) -> Alert | None:
    """Notes who has seen the alert, and what they say; None when there is none."""
    changed = Alert.objects.filter(id=alert_id).update(
        acknowledged_at=at, acknowledged_by=by, note=note
    )
    return Alert.objects.get(id=alert_id) if changed else None
