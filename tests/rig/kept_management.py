"""Runs commands of `manage.py` on one database in one process: most of a command is its start.

As a program it reads a command a line (JSON), and answers with what it printed or how it failed.
"""

import io
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class KeptManagement:
    """A process that has Django loaded for one environment and waits for commands."""

    def __init__(self) -> None:
        self._environment: Mapping[str, str] = {}
        self._process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, environment: Mapping[str, str]) -> str:
        """What a command printed on stdout; another environment than the last one's costs a start.

        Raises:
            AssertionError: with its traceback, when it failed.
        """
        process = self._in(environment)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(arguments) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline() or '{"failure": "the process has ended"}')
        if "failure" in answer:
            raise AssertionError(f"{' '.join(arguments)} failed:\n{answer['failure']}")
        return str(answer["printed"])

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=60)  # the end of its input is its own
            self._process = None

    def _in(self, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
        if self._process is None or environment != self._environment:
            self.close()
            self._environment = environment
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.rig.kept_management"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=dict(environment),
                cwd=ROOT,
            )
        return self._process


kept = KeptManagement()
"""Of this process: tests ask one database after another."""


def _run(arguments: list[str]) -> dict[str, str]:
    from django.core.management import CommandError, call_command
    from django.db import connections

    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            call_command(*arguments, stdout=printed)
    except CommandError as refusal:
        return {"failure": f"CommandError: {refusal}"}  # manage.py shows no more of it
    except BaseException:
        return {"failure": traceback.format_exc()}
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
            if connection.vendor == "postgresql":
                # Whoever copies the database finds nobody in it.
                connection.close_pool()  # type: ignore[attr-defined]
    return {"printed": printed.getvalue()}


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lightning_site.settings")
    django.setup()
    answers = sys.stdout
    for line in sys.stdin:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
