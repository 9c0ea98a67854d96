"""Carries alerts to their channels (Apprise), again and again until they are taken."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from state.models import Alert, AlertDelivery
from state.runtime.background import BackgroundThread

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 8
_FIRST_PAUSE_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 600.0
_LOOK_EVERY_SECONDS = 2.0
_AT_ONCE = 20
_ERROR_LIMIT = 500

Notify = Callable[[str, str, str], None]
"""Sends title and text to the channel of a URL; raises DeliveryFailed."""


class DeliveryFailed(Exception):
    """A channel did not take a message; the text says why."""


def shown(url: str) -> str:
    """A channel's name without its secrets: scheme and host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or '…'}/…"


def notify(url: str, title: str, text: str) -> None:
    """Sends one message through Apprise; raises DeliveryFailed."""
    import apprise  # 30 MB that only those with channels pay for

    channel = apprise.Apprise()
    if not channel.add(url):
        raise DeliveryFailed("Apprise does not know this kind of URL.")
    if not channel.notify(title=title, body=text):
        raise DeliveryFailed("The channel did not take the message.")


def check_url(url: str) -> None:
    """Raises DeliveryFailed for a URL that is no channel."""
    import apprise

    if apprise.Apprise.instantiate(url) is None:
        raise DeliveryFailed("Apprise does not know this kind of URL.")


class Channels:
    """The configured channels: what is due to them is kept in the database."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.urls = {
            shown(url) if len(urls) < 2 else f"{index + 1}: {shown(url)}": url
            for index, url in enumerate(urls)
        }

    def enqueue(self, event: str, alert_ids: Sequence[int]) -> None:
        """Notes that each channel is to hear of these alerts; in the caller's transaction."""
        AlertDelivery.objects.bulk_create(
            AlertDelivery(alert_id=number, channel=channel, event=event, due_at=Now())
            for number in alert_ids
            for channel in self.urls
        )


class Courier:
    """Delivers what is due, in a thread of its own, in one worker of the deployment.

    Args:
        is_in_charge: whether it is this worker; the keeper looks anyway.
    """

    def __init__(
        self, channels: Channels, is_in_charge: Callable[[], bool], send: Notify = notify
    ) -> None:
        self._channels = channels
        self._is_in_charge = is_in_charge
        self._send = send
        self._loop = BackgroundThread("alertDelivery", self._round)

    def start(self) -> None:
        """Starts where there are channels; does nothing when it runs already."""
        if self._channels.urls:
            self._loop.start()

    def stop(self) -> None:
        """Ends the thread; a message under way is not waited for."""
        self._loop.stop(timeout_seconds=0)

    def _round(self) -> float:
        if self._is_in_charge():
            for delivery in self._due():
                self.deliver(delivery)
            connection.close()
        return _LOOK_EVERY_SECONDS

    @staticmethod
    def _due() -> list[AlertDelivery]:
        due = AlertDelivery.objects.filter(
            outcome=AlertDelivery.Outcome.DUE, due_at__lte=Now()
        ).select_related("alert")
        return list(due.order_by("due_at", "id")[:_AT_ONCE])

    def deliver(self, delivery: AlertDelivery) -> None:
        """One attempt; what fails is due again after a growing pause, a bounded number of times."""
        url = self._channels.urls.get(delivery.channel)
        attempts = delivery.attempts + 1
        row = AlertDelivery.objects.filter(id=delivery.id)
        try:
            if url is None:
                raise DeliveryFailed("This channel is not configured any more.")
            self._send(url, *message(delivery))
        except DeliveryFailed as failure:
            gives_up = url is None or attempts >= ATTEMPTS_MAX
            pause = min(_FIRST_PAUSE_SECONDS * 2**attempts, _LONGEST_PAUSE_SECONDS)
            outcome = AlertDelivery.Outcome.FAILED if gives_up else AlertDelivery.Outcome.DUE
            row.update(
                attempts=F("attempts") + 1,
                outcome=outcome,
                error=str(failure)[:_ERROR_LIMIT],
                due_at=Now() + timedelta(seconds=pause),
            )
            logger.warning("An alert was not delivered to %s: %s", delivery.channel, failure)
            return
        row.update(
            attempts=F("attempts") + 1,
            outcome=AlertDelivery.Outcome.DELIVERED,
            error="",
            delivered_at=Now(),
        )


def message(delivery: AlertDelivery) -> tuple[str, str]:
    """Title and text of the message about an alert."""
    alert: Alert = delivery.alert
    state = "" if delivery.event == "opened" else " is over"
    return f"[{alert.severity}] {alert.rule}{state}: {alert.subject}", alert.summary


def try_channel(url: str, send: Notify = notify) -> None:
    """Sends a message that says nothing but that the channel works; raises DeliveryFailed."""
    send(url, "Lightning State", "This channel works.")
