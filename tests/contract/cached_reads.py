"""Reads through the caches as a test sees them: their level, their age, what was counted."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from tests.rig.waiting import wait_for

STALE_SECONDS = 1.0
"""So long after an acknowledgement a read may still begin and be answered with what was before."""

TRIES = 10


def level(client: httpx.Client, path: str) -> str:
    """The level that answers a read."""
    return client.get(path).headers["X-Cache"]


def wait_for_level_1(client: httpx.Client, path: str) -> None:
    """Returns when level 1 has answered a read.

    One read is not enough: level 1 is not served while the tail is a second behind, and takes
    nothing over that was asked for more than a second ago.
    """
    wait_for(lambda: level(client, path) == "L1", what=f"{path} from level 1")


def tries_at_level_1(client: httpx.Client, most: int = TRIES) -> Iterator[int]:
    """Numbers tries at a read that level 1 must answer; each begins when level 1 is served.

    A machine that stands still may spoil a try or two. A product that keeps its promise gets there
    in one of ten; one that does not, never.
    """
    for number in range(most):
        wait_for_level_1(client, f"/api/v1/agents/unknown-{uuid.uuid4().hex}")
        yield number


def stale_seconds(shows_it: Callable[[], bool]) -> float:
    """How long after this moment the last read began that did not show a change.

    Call it right after the acknowledgement. It is not about when the answers came: level 1 looks at
    the clock before it answers, and between that look and the answer the machine may stand still.
    """
    acknowledged = last_began = time.monotonic()

    def look() -> bool:
        nonlocal last_began
        began = time.monotonic()
        if shows_it():
            return True
        last_began = began
        return False

    wait_for(look, timeout_seconds=30, what="the change")
    return last_began - acknowledged


def report(client: httpx.Client) -> dict[str, Any]:
    """The deployment's cache report."""
    answer = client.get("/api/v1/cache")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def own_report(newest: httpx.Client) -> dict[str, Any]:
    """The part of the instance asked, of this moment; it must be the one that started last.

    The others' parts are up to two seconds old, and those of a busy one may be missing.
    """
    part: dict[str, Any] = max(report(newest)["instances"], key=lambda one: one["startedAt"])
    return part


def own_levels(newest: httpx.Client) -> dict[str, Any]:
    """The figures in ``own_report``."""
    levels: dict[str, Any] = own_report(newest)["levels"]
    return levels
