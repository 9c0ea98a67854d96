"""One child process that never outlives the program that started it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Runs in the child: a killed test run or `make run` must not leave servers behind."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class DidNotEndError(RuntimeError):
    """A process ignored its signal and had to be killed."""


class Started(Protocol):
    """A process as ``subprocess.Popen`` shows it."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, number: int, /) -> None: ...


class ChildProcess:
    """A process in a process group of its own. On Linux it dies with the thread that made it.

    Args:
        command: the program and its arguments.
        environment: all of its environment.
        directory: where it runs.
        log_path: the file its output is appended to; None leaves it on our terminal.
        user_id: whom to run it as; None leaves that as it is.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        log_path: Path | None = None,
        user_id: int | None = None,
    ) -> None:
        self.command = list(command)
        self.log_path = log_path
        self._process = self._start(environment, directory, log_path, user_id)

    def _start(
        self,
        environment: Mapping[str, str],
        directory: Path,
        log_path: Path | None,
        user_id: int | None,
    ) -> Started:
        log = log_path.open("ab") if log_path else None
        try:
            return subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if log else None,
                env=dict(environment),
                cwd=directory,
                start_new_session=True,
                user=user_id,
                group=user_id,
                extra_groups=None if user_id is None else [],
                preexec_fn=die_with_parent,  # safe among threads: it takes no lock
            )
        finally:
            if log:
                log.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; the negated signal number when a signal ended it."""
        return self._process.poll()

    @property
    def is_running(self) -> bool:
        return self.exit_code is None

    def send(self, number: int) -> None:
        """Send a signal to the process alone."""
        if self.is_running:
            self._process.send_signal(number)

    def send_to_group(self, number: int) -> None:
        """Send a signal to the process and all its children (SIGKILL, SIGSTOP, SIGCONT)."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return  # the whole group is gone already

    def end(self, number: int = signal.SIGTERM, *, timeout_seconds: float = 60.0) -> int:
        """Ask it to end and return its exit code.

        Raises:
            DidNotEndError: when it had to be killed: a server that ignores SIGTERM is a bug.
        """
        self.send(number)
        try:
            return self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise DidNotEndError(
                f"{self.command[0]} did not end within {timeout_seconds} s of signal {number}:"
                f"\n{self.log_tail()}"
            ) from None

    def kill(self) -> None:
        """SIGKILL to the whole group, then collect it."""
        self.send_to_group(signal.SIGKILL)
        self._process.wait(60.0)

    def log_tail(self, lines: int = 40) -> str:
        """The last lines it wrote; empty when they went to the terminal."""
        if self.log_path is None:
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
