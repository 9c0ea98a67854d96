"""An ending that `make run` was asked for is not forgotten."""

import signal
import time
from collections.abc import Iterator

import pytest

from tools import run


@pytest.fixture(autouse=True)
def its_handlers() -> Iterator[None]:
    """As ``main`` sets them: a shell's background job begins with Ctrl-C ignored."""
    handlers = {number: signal.signal(number, run.interrupt_once) for number in run.ENDINGS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Dropped:
    """Python drops what is raised in its finaliser, as it does while it forks."""

    def __del__(self) -> None:
        run.interrupt_once(signal.SIGINT, None)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_whose_exception_was_dropped_ends_the_next_pause() -> None:
    Dropped()
    with pytest.raises(KeyboardInterrupt):
        run.pause(0.0)


def test_nothing_was_asked_for() -> None:
    began = time.monotonic()
    run.pause(0.01)
    assert time.monotonic() - began >= 0.01
