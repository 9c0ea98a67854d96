"""What this instance depends on, and whether it works (contract §9)."""

from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import TypeVar

from django.conf import settings
from django.db import Error, connection
from django_redis import get_redis_connection
from redis.exceptions import RedisError, ResponseError

from state.changelog.tail import tail
from state.presence import workers
from state.runtime.background import loops
from state.runtime.threads import Threads
from state.service.composition import tiers
from state.store.writable import probe, settings_that_lose_writes

OK = "ok"
_NOT_CONFIGURED = "not configured"
_BEHIND_SECONDS = 2.0
_LOOK_SECONDS = 0.1
T = TypeVar("T")
_probes = Threads("probe", 2)


@dataclass(frozen=True, slots=True)
class Health:
    """``checks`` by name: the database, Redis, the change log, and each background loop.

    A loop that fails in any worker of the instance is told of, whichever worker answers.
    """

    status: str
    checks: dict[str, str]
    warnings: list[str] = field(default_factory=list)
    """What works, and will not keep what it promises."""

    @property
    def has_database(self) -> bool:
        """Whether the database can be reached and has its tables."""
        return self.checks["database"] == OK


def health() -> Health:
    """Everything, as of now. Nobody waits longer for a silent database than until it is lost."""
    tail.start()
    return unless_lost(_look) or _look()


def unless_lost(ask: Callable[[], T]) -> T | None:
    """The answer, from a thread that a silent database keeps; None once the database is lost."""
    asked = _probes.submit(ask)
    while not tail.has_lost_database:
        if wait([asked], timeout=_LOOK_SECONDS).done:
            return asked.result()
    asked.cancel()
    return None


def _look() -> Health:
    checks = {"database": database_check(), "redis": _redis_check(), "changeLog": _log_check()}
    loop_checks = loops.checks()
    if checks["database"] == OK:
        for name, state in _checks_of_the_other_workers():
            if loop_checks.get(name, OK) == OK:
                loop_checks[name] = state
    checks |= loop_checks
    if checks["database"] != OK:
        return Health("unhealthy", checks)
    checks["writes"] = writes_check()
    works = all(check in (OK, _NOT_CONFIGURED) for check in checks.values())
    return Health("healthy" if works else "degraded", checks, _warnings())


def database_check() -> str:
    """``ok``, ``unreachable`` or ``not migrated``."""
    if tail.has_lost_database:
        return "unreachable"
    try:
        with connection.cursor() as cursor:
            cursor.execute("select epoch from state_changelog")
            return OK if cursor.fetchone() else "not migrated"
    except Error:
        connection.close()
        return "unreachable"


def writes_check() -> str:
    """``ok``, or ``refused``: the database is read-only, or its disk is full."""
    try:
        return OK if probe.takes_writes() else "refused"
    except Error:
        connection.close()
        return "unreachable"


def _warnings() -> list[str]:
    """Settings of the database's server under which acknowledged writes can be lost."""
    try:
        lax = settings_that_lose_writes()
    except Error:
        connection.close()
        return []
    return [f"{name} is off: after a power cut acknowledged writes may be lost." for name in lax]


def _redis_check() -> str:
    if not settings.REDIS_URL:
        return _NOT_CONFIGURED
    try:
        get_redis_connection("default").ping()
    except RedisError:
        return "unreachable"
    level_two = tiers().level_two
    error = level_two.breaker.error if level_two is not None else None
    if error is None:
        return OK
    # A replica and a full Redis answer a PING.
    return "refuses writes" if isinstance(error, ResponseError) else "unreachable"


def _log_check() -> str:
    lag_seconds = tail.lag_seconds
    return "behind" if lag_seconds is None or lag_seconds > _BEHIND_SECONDS else OK


def _checks_of_the_other_workers() -> list[tuple[str, str]]:
    try:
        siblings = [
            one
            for one in workers.alive()
            if one.instance == workers.me.instance and one.id != workers.me.id
        ]
    except Error:
        connection.close()
        return []  # what this worker knows is told
    return [pair for one in siblings for pair in one.figures.get("loops", {}).items()]
