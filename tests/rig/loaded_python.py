"""Python programs that begin with the product loaded: nearly all of a server's start is importing.

The standard library's fork server imports it once. Each program is a fork, with the arguments,
environment, settings and output of its own. At its end atexit's functions run, but nothing is
taken down: SQLite's write-ahead log stays.
"""

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.rig.environment import clean_environment
from tools.child_process import ChildProcess, Started, die_with_parent

LOADED_IN = clean_environment(LIGHTNING_VAR_DIR=tempfile.gettempdir())
"""The environment in which the product is loaded; nothing is written to that directory."""
LOADED = ("lightning_site.asgi", "lightning_site.urls", "state.management.commands.serve")
"""What a server imports; nothing is opened at import."""
READ_AT_IMPORT = (
    "DEBUG",
    "LIGHTNING_STRATEGY",
    "LIGHTNING_TASK_TIMEOUT_SECONDS",
    "LIGHTNING_WORKERS",
    "SECRET_KEY",
)
"""What the product reads while it is loaded. Others start as programs of their own."""

context: ForkServerContext = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.rig.loaded_product"])
lock = threading.Lock()
"""Around each start: it collects those that have ended."""


def can_begin_loaded(environment: Mapping[str, str]) -> bool:
    """Whether a program with these settings may be a fork."""
    return all(environment.get(name) == LOADED_IN.get(name) for name in READ_AT_IMPORT)


def become(environment: Mapping[str, str], directory: Path) -> None:
    """Called in the fork: what it is given instead of what the fork server has."""
    os.setsid()
    die_with_parent()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)


class LoadedProcess(ChildProcess):
    """``manage.py`` with the product loaded; otherwise as every child process."""

    def _start(
        self,
        environment: Mapping[str, str],
        directory: Path,
        log_path: Path | None,
        user_id: int | None,
    ) -> Started:
        if not can_begin_loaded(environment):
            return super()._start(environment, directory, log_path, user_id)
        assert user_id is None, "a fork runs as whoever runs the tests"
        return _Fork(self.command, dict(environment), directory, log_path)


class _Fork:
    """What ChildProcess asks of a subprocess.Popen."""

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        directory: Path,
        log_path: Path | None,
    ) -> None:
        self._process: BaseProcess = ForkServerProcess(
            target=_run, args=(list(command), environment, directory, log_path), daemon=True
        )
        with lock:
            self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        with lock:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _run(
    command: list[str], environment: dict[str, str], directory: Path, log_path: Path | None
) -> None:
    """Runs in the fork: the program, as if Python had just been started for it."""
    from tests.rig.loaded_product import take_over_settings

    become(environment, directory)
    if log_path is not None:
        log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.close(log)
    program = str(directory / command[1])
    sys.path[0:0] = [str(directory), *filter(None, os.environ.get("PYTHONPATH", "").split(":"))]
    sys.argv, sys.orig_argv = command[1:], command
    take_over_settings()
    try:
        runpy.run_path(program, run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a fork does not by itself
