"""Alerts as operations ask for them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings

from state.alerts import listing
from state.alerts.delivery import Channels, DeliveryFailed, check_url, try_channel
from state.alerts.keeper import acknowledge as acknowledge_alert
from state.alerts.listing import AlertQuery, as_dict
from state.alerts.rules import BadRule, Rule, built_in_rules, parse_rules, silent_limits
from state.domain.errors import NotFound
from state.domain.queries import whole_number
from state.models import Alert


@cache
def rules() -> tuple[Rule, ...]:
    """The rules that apply; the settings were checked at the start."""
    default_seconds, _ = silence()
    own = built_in_rules(
        slow_operation_ms=settings.LIGHTNING_SLOW_OPERATION_MS,
        silent_seconds=default_seconds,
        verified_threshold=settings.LIGHTNING_VERIFIED_THRESHOLD,
    )
    return (*own, *parse_rules(settings.LIGHTNING_ALERT_RULES))


def silence() -> tuple[float, Mapping[str, float]]:
    """Seconds an agent may be silent while Processing: by default, and by its type."""
    return silent_limits(settings.LIGHTNING_SILENT_AFTER_SECONDS)


@cache
def channels() -> Channels:
    """The channels of ``LIGHTNING_ALERT_URLS``."""
    return Channels(settings.LIGHTNING_ALERT_URLS)


def check_channels() -> None:
    """Raises BadRule when a URL of ``LIGHTNING_ALERT_URLS`` is no channel."""
    for name, url in channels().urls.items():
        try:
            check_url(url)
        except DeliveryFailed as failure:
            raise BadRule(f"names {name}, which is no channel: {failure}".rstrip(".")) from failure


def rules_as_dicts() -> list[dict[str, Any]]:
    """The rules as the API shows them."""
    return [rule.as_dict() for rule in rules()]


def list_alerts(query: AlertQuery) -> list[dict[str, Any]]:
    """A page of alerts, and one more when there are more."""
    return [as_dict(alert) for alert in listing.list_alerts(query)]


def open_besides(rules: Collection[str], limit: int) -> list[Alert]:
    """Open alerts of other rules than these, newest first."""
    return listing.open_besides(rules, limit)


def acknowledge(alert_id: str, by: str, note: str) -> dict[str, Any]:
    """The alert, acknowledged; raises NotFound."""
    number = whole_number(alert_id)
    alert = None
    if number is not None:
        alert = acknowledge_alert(number, by, note, datetime.now(UTC))
    if alert is None:
        raise NotFound()
    return as_dict(alert)


def channel_names() -> list[str]:
    """The channels of ``LIGHTNING_ALERT_URLS``, without what is secret in them."""
    return list(channels().urls)


def try_channels() -> list[dict[str, Any]]:
    """A message to each channel, and what became of it."""
    results = []
    for name, url in channels().urls.items():
        error = None
        try:
            try_channel(url)
        except DeliveryFailed as failure:
            error = str(failure)
        results.append({"channel": name, "delivered": error is None, "error": error})
    return results
