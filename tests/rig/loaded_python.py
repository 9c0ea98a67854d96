"""Python programs that begin with their libraries loaded: most of a server's start is importing.

The standard library's fork server imports once what every server imports and what depends on no
setting. Each program is a fork of it, with the arguments, environment and output of its own. At
its end atexit's functions run, but nothing is taken down: SQLite's write-ahead log stays.
"""

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tools.child_process import ChildProcess, die_with_parent

LIBRARIES = [
    "asgiref.sync", "attr", "charset_normalizer", "channels.routing", "channels.sessions",
    "django.contrib.admin.utils", "django.contrib.postgres.fields.utils",
    "django.core.servers.basehttp", "django.db.backends.postgresql.base",
    "django.db.backends.sqlite3.base", "django.db.migrations.executor", "django.db.models.sql",
    "django.template.defaulttags", "django.urls", "django.views.debug", "httptools", "markdown",
    "msgspec", "psutil", "psycopg", "psycopg_pool", "pygments", "redis", "requests", "rich.console",
    "sqlparse", "urllib3",
    "uvicorn.protocols.http.httptools_impl", "uvloop", "websockets.asyncio.server", "yaml",
]  # fmt: skip

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(LIBRARIES)
_lock = threading.Lock()


class LoadedProcess(ChildProcess):
    """A Python program, ``[python, "program.py", …]``; otherwise as every child process."""

    def _start(
        self,
        environment: Mapping[str, str],
        directory: Path,
        log_path: Path | None,
        user_id: int | None,
    ) -> "_Fork":
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
        self._process = ForkServerProcess(
            target=_become, args=(list(command), environment, directory, log_path), daemon=True
        )
        with _lock:  # starting one collects those that have ended
            self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        with _lock:
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


def _become(
    command: list[str], environment: dict[str, str], directory: Path, log_path: Path | None
) -> None:
    """Runs in the fork: the program, as if Python had just been started for it."""
    os.setsid()
    die_with_parent()
    os.chdir(directory)
    if log_path is not None:
        log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.close(log)
    os.environ.clear()
    os.environ.update(environment)
    program = str(directory / command[1])
    sys.path[0:0] = [str(directory), *filter(None, os.environ.get("PYTHONPATH", "").split(":"))]
    sys.argv, sys.orig_argv = command[1:], command
    try:
        runpy.run_path(program, run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a fork does not by itself
