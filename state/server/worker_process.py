"""One worker as its supervisor sees it: a process, and a socket it reports on."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from state.server.line import Line, LineClosed
from state.server.listener import descriptors

_PROGRAM_DIRECTORY = Path(__file__).resolve().parents[2]


class WorkerProcess:
    """A worker, started at once; a fresh interpreter, so that it runs the code of today.

    The line tells both sides of the other's end: the kernel closes it, whatever happened.
    ``utilization`` is None until the worker has told its first.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        environment: Mapping[str, str],
        inherited: Sequence[int] = (),
    ) -> None:
        self.report, theirs = socket.socketpair()
        self.report.setblocking(False)
        self._line = Line(self.report)
        self.started_at = time.monotonic()
        self.is_ready = False
        self.utilization: float | None = None
        self.ending_since: float | None = None
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  (our own program)
                [
                    sys.executable,
                    "-P",  # what lies in the current directory must not shadow our modules
                    "-m",
                    "state.server.worker",
                    "--listen",
                    descriptors(listeners),
                    "--report",
                    str(theirs.fileno()),
                ],
                env={**environment, "PYTHONPATH": _python_path(environment)},
                pass_fds=[
                    *(listener.fileno() for listener in listeners),
                    theirs.fileno(),
                    *inherited,
                ],
                stdin=subprocess.DEVNULL,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; the negated signal number when a signal ended it."""
        return self._process.poll()

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self.started_at

    def hear(self) -> bool:
        """Takes what it tells; False when it has closed its side: it ends, or has ended."""
        try:
            for message in self._line.hear():
                self.is_ready = self.is_ready or bool(message.get("ready"))
                if "utilization" in message:
                    self.utilization = float(message["utilization"])
        except LineClosed:
            return False
        return True

    def tell(self, **members: Any) -> None:
        """Sends it a message."""
        self._line.tell(**members)

    def end(self) -> None:
        """Asks it to end in order; once is enough."""
        if self.ending_since is None and self.exit_code is None:
            self.ending_since = time.monotonic()
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def close(self) -> None:
        """Collects it, once it has ended."""
        self._process.wait()
        self.report.close()


def _python_path(environment: Mapping[str, str]) -> str:
    return os.pathsep.join(
        filter(None, [str(_PROGRAM_DIRECTORY), environment.get("PYTHONPATH", "")])
    )
