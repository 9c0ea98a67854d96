"""The running workers of the deployment: each notes itself and its figures about once a second."""

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import Error, connection
from django.db.models.functions import Now
from msgspec import Struct

from state.domain.jsontext import decode, encode
from state.models import Worker
from state.runtime.background import BackgroundThread
from state.store.fetch import run_query
from state.store.sqlite_values import from_column

logger = logging.getLogger(__name__)

REPORT_EVERY_SECONDS = 0.8
ALIVE_SECONDS = 5.0
FRESH_SECONDS = 2.0
"""Figures in a report are never older; two reports fit in, so that a late one is no gap."""

_KEPT_SECONDS = 60.0

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """This process; workers of one ``serve`` share its instance."""

    id: str
    instance: str
    started_at: datetime


me = Identity(
    id=uuid.uuid4().hex,
    instance=os.environ.get("LIGHTNING_INSTANCE_ID") or uuid.uuid4().hex[:12],
    started_at=datetime.now(UTC),
)


class Reporter:
    """Writes this worker's row about once a second, in a thread of its own."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._is_ending = False
        self._tidied_at = float("-inf")
        self._loop = BackgroundThread("workerReport", self._report, close=self._take_off)

    def start(self) -> None:
        """Starts reporting; does nothing when it runs already."""
        self._loop.start()

    def stop(self) -> None:
        """Ends the thread and takes this worker off the list."""
        self._is_ending = True
        self._loop.stop()

    def _report(self) -> float:
        report(self._figures())
        now = time.monotonic()
        if now - self._tidied_at > _KEPT_SECONDS:
            self._tidied_at = now
            remove_stale()
        return REPORT_EVERY_SECONDS

    def _take_off(self) -> None:
        if not self._is_ending:
            return
        try:
            Worker.objects.filter(id=me.id).delete()
        except Error as error:
            logger.info("This worker stays listed until it is stale: %s", str(error).strip())


class Seen(Struct, frozen=True):
    """A worker as its last report says."""

    id: str
    instance: str
    started_at: datetime
    seen_at: datetime
    figures: Figures


# What an idle worker asks all day is SQL: building it anew took longer than the question.
_NOW = {
    "postgresql": "statement_timestamp()",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')",
}
_AGO = {
    "postgresql": "statement_timestamp() - make_interval(secs => %s)",
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || %s || ' seconds')",
}


def report(figures: Figures) -> None:
    """Writes this worker's row, in one statement but for the first time.

    By the database's clock: the machines' own may differ by more than a row stays fresh. Nobody
    else writes this row, but it may have been removed as stale.
    """
    written = run_query(
        f"update state_worker set seen_at = {_NOW[connection.vendor]}, figures = %s"
        " where id = %s returning id",
        [encode(figures).decode(), me.id],
    )
    if not written:
        Worker.objects.create(
            id=me.id,
            instance=me.instance,
            host=socket.gethostname()[:100],
            pid=os.getpid(),
            started_at=me.started_at,
            seen_at=Now(),
            figures=figures,
        )


def remove_stale() -> None:
    """Removes the rows of workers long gone."""
    Worker.objects.filter(seen_at__lt=Now() - timedelta(seconds=_KEPT_SECONDS)).delete()


def alive(within_seconds: float = ALIVE_SECONDS) -> list[Seen]:
    """The workers that reported within the last seconds, the eldest first."""
    rows = run_query(
        "select id, instance, started_at, seen_at, cast(figures as text) from state_worker"
        f" where seen_at >= {_AGO[connection.vendor]} order by started_at, id",
        [within_seconds],
    )
    return [
        Seen(name, instance, from_column(started_at), from_column(seen_at), decode(figures))
        for name, instance, started_at, seen_at, figures in rows
    ]


def is_eldest() -> bool:
    """Whether this worker is the one that does what is done once a deployment."""
    listed = alive()
    return bool(listed) and listed[0].id == me.id
