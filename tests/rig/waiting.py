"""Waits for a condition, so that no test has to guess how long something takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

POLL_SECONDS = 0.02


def wait_for(
    condition: Callable[[], Result | None],
    *,
    timeout_seconds: float = 30.0,
    poll_seconds: float = POLL_SECONDS,
    what: str = "the condition",
) -> Result:
    """Return the first truthy answer of `condition`.

    It fails only after a look that began when the time was over: a machine that stood still
    between two looks, or within one, has not shown that the promise was broken.

    Raises:
        AssertionError: when there was none within `timeout_seconds`; the message names `what`
            and the last answer, because "timed out" alone explains nothing.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        began = time.monotonic()
        answer = condition()
        if answer:
            return answer
        if began > deadline:
            raise AssertionError(
                f"{what} did not happen within {timeout_seconds} s (last answer: {answer!r})"
            )
        time.sleep(poll_seconds)
