"""Runs commands of `manage.py` on one database in one process: most of a command is its start."""

import io
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tests.rig import loaded_python
from tests.rig.environment import REPOSITORY, run_python


class KeptManagement:
    """A process that has Django loaded for one environment and waits for commands."""

    def __init__(self) -> None:
        self._environment: Mapping[str, str] = {}
        self._process: BaseProcess | None = None
        self._line: Connection | None = None

    def run(self, *arguments: str, environment: Mapping[str, str]) -> str:
        """What a command printed on stdout; another environment than the last one's costs a fork.

        Raises:
            AssertionError: with its traceback, when it failed.
        """
        if not loaded_python.can_begin_loaded(environment):
            return run_python("manage.py", *arguments, environment=environment)
        line = self._line_in(environment)
        line.send(arguments)
        try:
            printed, failure = line.recv()
        except EOFError:
            printed, failure = "", "the process has ended"
        if failure:
            raise AssertionError(f"{' '.join(arguments)} failed:\n{failure}")
        return str(printed)

    def close(self) -> None:
        if self._process is not None and self._line is not None:
            self._line.close()  # the end of its input is its own
            self._process.join(60)
            assert self._process.exitcode is not None, "it does not end with its input"
            self._process = self._line = None

    def _line_in(self, environment: Mapping[str, str]) -> Connection:
        if self._line is None or environment != self._environment:
            self.close()
            self._environment = environment
            self._line, theirs = loaded_python.context.Pipe()
            self._process = loaded_python.context.Process(
                target=_answer, args=(theirs, dict(environment)), daemon=True
            )
            with loaded_python.lock, theirs:
                self._process.start()
        return self._line


kept = KeptManagement()
"""Of this process: tests ask one database after another."""


def _answer(line: Connection, environment: dict[str, str]) -> None:
    """Runs in the fork: a command for each message, until the line's end."""
    import django

    from tests.rig.loaded_product import take_over_settings

    loaded_python.become(environment, REPOSITORY)
    take_over_settings()
    django.setup()
    while True:
        try:
            arguments = line.recv()
        except EOFError:
            return
        line.send(_run(arguments))


def _run(arguments: tuple[str, ...]) -> tuple[str, str]:
    """What was printed, and what went wrong."""
    from django.core.management import CommandError, call_command
    from django.db import connections

    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            call_command(*arguments, stdout=printed)
    except CommandError as refusal:
        return "", f"CommandError: {refusal}"  # manage.py shows no more of it
    except BaseException:
        return "", traceback.format_exc()
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
            if connection.vendor == "postgresql":
                # Whoever copies the database finds nobody in it.
                connection.close_pool()  # type: ignore[attr-defined]
    return printed.getvalue(), ""
