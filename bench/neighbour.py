"""A server that is not the product, beside it on 127.0.0.1."""

import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.wrk import BrokenRun
from tests.rig.environment import clean_environment
from tests.rig.ports import accepts_connections, free_port
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess

_START_SECONDS = 120.0  # a big Python program that is read from the disk for the first time

Command = Callable[[int], Sequence[str]]
"""How a server is started on a port."""


class Neighbour:
    """One process in a group of its own.

    Args:
        name: of its log file, and in errors.
        command: its command line, of a port.
        directory: where it runs.
        log_directory: where its log file goes.
        environment: more variables.

    Raises:
        BrokenRun: when it does not come up.
    """

    def __init__(
        self, name: str, command: Command, directory: Path, log_directory: Path, **environment: str
    ) -> None:
        self.port = free_port()
        self._process = ChildProcess(
            command(self.port),
            environment=clean_environment(**environment),
            directory=directory,
            log_path=log_directory / f"{name}-{self.port}.log",
        )
        try:
            wait_for(self._is_up, timeout_seconds=_START_SECONDS, what=name)
        except AssertionError as error:
            self._process.kill()
            raise BrokenRun(f"{error}\n{self._process.log_tail()}") from None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def pause(self) -> None:
        self._process.send_to_group(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_to_group(signal.SIGCONT)

    def end(self) -> None:
        self.resume()
        self._process.end()

    def _is_up(self) -> bool:
        if not self._process.is_running:
            raise AssertionError(f"it ended at its start with {self._process.exit_code}")
        return accepts_connections(self.port)
