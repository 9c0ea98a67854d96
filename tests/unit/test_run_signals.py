"""An ending that `make run` was asked for is not forgotten."""

import signal
import time
from collections.abc import Iterator

import pytest

from tools import run


@pytest.fixture(autouse=True)
def kept_handlers() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in run.ENDINGS}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Dropped:
    """Python drops what is raised in its finaliser, as it does while it forks."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_whose_exception_was_dropped_ends_the_next_pause() -> None:
    signal.signal(signal.SIGINT, run.interrupt_once)
    Dropped()
    with pytest.raises(KeyboardInterrupt):
        run.pause(0.0)


def test_nothing_was_asked_for() -> None:
    began = time.monotonic()
    run.pause(0.01)
    assert time.monotonic() - began >= 0.01
