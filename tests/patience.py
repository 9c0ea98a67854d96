"""How often and how long a test tries, so that the machine's pace decides no verdict."""

import time
from collections.abc import Callable, Iterator

LONGEST_STINT_SECONDS = 90.0


def attempts(what: str, most: int = 5) -> Iterator[int]:
    """Numbers attempts at something that a machine which stands still for a moment may spoil.

    Whoever finds an attempt spoiled continues with the next one, with fresh ids; whoever does not
    returns. What the product promises is asserted in every attempt.

    Raises:
        AssertionError: when `what` came about in none of them: it was no accident.
    """
    yield from range(most)
    raise AssertionError(f"{what}: in none of {most} attempts")


class Stint:
    """A stretch of work: so many seconds, and on until enough was done, at most 90 s.

    The clock starts at the first look, so that workers who start behind a barrier have all of it.

    Args:
        seconds: how long the work takes at least.
        enough: whether so much was done that it proves something; the test asserts it in the end.
    """

    def __init__(self, seconds: float, enough: Callable[[], bool]) -> None:
        self._seconds = seconds
        self._enough = enough
        self._began: float | None = None

    def goes_on(self) -> bool:
        """Whether to do some more."""
        if self._began is None:
            self._began = time.monotonic()
        elapsed = time.monotonic() - self._began
        return elapsed < self._seconds or (elapsed < LONGEST_STINT_SECONDS and not self._enough())
