"""Removes what is no longer promised: history, answers, tasks and jobs, leases, waiters, logins."""

import logging
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from state.access.expiry import remove_ended_logins
from state.changelog.retention import prune_history
from state.jobs.retention import remove_ended_jobs
from state.models import IdempotencyRecord, Lease, LockWaiter
from state.presence import workers
from state.runtime.background import BackgroundThread, Tolerance
from state.tasks import queue

logger = logging.getLogger(__name__)

FIRST_AFTER_SECONDS = 60.0
EVERY_SECONDS = 3600.0
ANSWERS_KEPT = timedelta(hours=48)  # promised: at least 24
LEASES_KEPT = timedelta(days=7)
WAITERS_KEPT = timedelta(hours=1)  # a wait lasts a minute at most, the clocks may differ


def pause_seconds() -> float:
    """Every hour, or so often that little outlives a short retention."""
    retention_seconds = settings.LIGHTNING_EVENT_RETENTION_DAYS * 86_400
    return max(1.0, min(EVERY_SECONDS, retention_seconds / 10))


class Housekeeper:
    """Cleans up again and again, in a thread of its own, in one worker of the deployment."""

    def __init__(self) -> None:
        self._loop = BackgroundThread(
            "housekeeping",
            self._clean_up_if_eldest,
            first_after_seconds=min(FIRST_AFTER_SECONDS, pause_seconds()),
            # The first round after a long retention was shortened has much to remove.
            tolerance=Tolerance(silent_after_seconds=None),
        )

    def start(self) -> None:
        """Starts; does nothing when it runs already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread; a page under way is finished, but not waited for."""
        self._loop.stop(timeout_seconds=0)

    @staticmethod
    def _clean_up_if_eldest() -> float:
        try:
            if workers.is_eldest():
                clean_up(datetime.now(UTC))
        finally:
            connection.close()
        return pause_seconds()


def clean_up(now: datetime) -> None:
    """One round: what is older than promised goes."""
    oldest_kept = now - timedelta(days=settings.LIGHTNING_EVENT_RETENTION_DAYS)
    removed = prune_history(oldest_kept)
    queue.remove_ended(min(oldest_kept, now - ANSWERS_KEPT))
    remove_ended_jobs(min(oldest_kept, now - ANSWERS_KEPT))  # undoing one takes the history
    IdempotencyRecord.objects.filter(created_at__lt=now - ANSWERS_KEPT).delete()
    Lease.objects.filter(expires_at__lt=now - LEASES_KEPT).delete()
    LockWaiter.objects.filter(seen_at__lt=now - WAITERS_KEPT).delete()
    remove_ended_logins(now)
    if removed:
        logger.info("%d changes older than the retention were removed.", removed)
