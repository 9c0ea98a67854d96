"""Named moments in the code at which a test stops, fails or kills the process; off in production.

LIGHTNING_FAILPOINTS names a directory. A test arms a moment by writing what shall happen into a
file named after it: ``pause``, ``error``, ``crash`` or ``end``. The first thread to get there takes
the order by renaming the file to ``<name>.hit``, which tells the test; a pause ends when the test
removes that file. ``broken`` is not taken: everybody meets it until the test removes the file.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import OperationalError

_directory: Path | None = None
_LOOK_EVERY_SECONDS = 0.005
_break: Callable[[str], Exception] = OperationalError


def begin() -> None:
    """Reads the setting, which is not looked at again."""
    global _directory
    named = settings.LIGHTNING_FAILPOINTS
    _directory = Path(named) if named else None


def break_with(error: Callable[[str], Exception]) -> None:
    """Says what a broken database connection raises."""
    global _break
    _break = error


def reach(name: str) -> None:
    """Does what was ordered for this moment; nothing when failpoints are off.

    Raises what a broken database connection raises when ``error`` was ordered, RuntimeError when
    it is ``broken``, and SystemExit for ``end``, which no thread of ours survives.
    """
    if _directory is None:
        return
    order, hit = _directory / name, _directory / f"{name}.hit"
    try:
        if order.read_text() == "broken":
            raise RuntimeError(f"failpoint {name}")
        order.rename(hit)
    except FileNotFoundError:
        return
    match hit.read_text():
        case "pause":
            while hit.exists():
                time.sleep(_LOOK_EVERY_SECONDS)
        case "error":
            raise _break(f"failpoint {name}")
        case "end":
            raise SystemExit(f"failpoint {name}")
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)


begin()
