"""Removes what logins leave behind: sessions that have ended, attempts that count no more."""

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.backends.db import SessionStore

ATTEMPTS_KEPT = timedelta(days=1)  # a lockout lasts AXES_COOLOFF_TIME, minutes
LOGINS_KEPT = timedelta(days=90)


def remove_ended_logins(now: datetime) -> None:
    """One round."""
    SessionStore.clear_expired()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT).delete()
    AccessLog.objects.filter(attempt_time__lt=now - LOGINS_KEPT).delete()
