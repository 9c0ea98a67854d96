"""One real `manage.py serve`, started as an operator starts it."""

import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpx

from tests.rig.backends import Backend
from tests.rig.environment import REPOSITORY
from tests.rig.ports import free_port
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess, DidNotEndError

START_SECONDS = 120.0  # Python, Django and a look at the migrations, on a slow and busy machine
REQUEST_SECONDS = 30.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of http:// alone: reading the authorities for each costs more than its requests."""


class Server:
    """An instance on 127.0.0.1, on the database of `backend`.

    Args:
        backend: its database and Redis.
        directory: where its log file goes.
        settings: extra environment, such as ``LIGHTNING_TRANSITIONS="strict"``.
    """

    process_type: type[ChildProcess] = ChildProcess
    """How it is started; the tests' own way is set in their ``conftest.py``."""

    def __init__(self, backend: Backend, directory: Path, **settings: str) -> None:
        self.backend = backend
        self.settings = settings
        self.port = free_port()
        self.log_path = directory / f"server-{self.port}.log"
        self._process: ChildProcess | None = None
        self._clients: list[httpx.Client] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def process(self) -> ChildProcess:
        assert self._process is not None, "the server was not started"
        return self._process

    def start(self) -> "Server":
        """Start it and return when `/health/ready` answers 200."""
        self._process = self.process_type(
            [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(self.port)],
            log_path=self.log_path,
            environment=self.backend.environment(**self._settings()),
            directory=REPOSITORY,
        )
        try:
            # One client for all looks: each would build a TLS context, beside the starting server.
            with httpx.Client(base_url=self.url, timeout=5.0, verify=NO_TLS) as client:
                wait_for(
                    lambda: self._is_ready(client),
                    timeout_seconds=START_SECONDS,
                    poll_seconds=0.05,
                    what="/health/ready",
                )
        except AssertionError as error:
            self._process.kill()
            raise AssertionError(f"{error}\n{self._process.log_tail()}") from None
        return self

    def _settings(self) -> dict[str, str]:
        """One process, unless a test asks for more: half the tests' time would be starting two."""
        workers = self.settings.get("LIGHTNING_MIN_INSTANCES", "1")
        return {"LIGHTNING_MAX_INSTANCES": workers, **self.settings}

    def stop(self) -> int:
        """SIGTERM, and its exit code: 0, or -15 since uvicorn passes the signal on at its end."""
        self.close_clients()
        return self.process.end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the server and its workers, as a crash or the kernel does it."""
        self.process.kill()

    def pause(self) -> None:
        """Freeze the server and its workers, as an overloaded machine does it."""
        self.process.send_to_group(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_to_group(signal.SIGCONT)

    def restart(self) -> "Server":
        """Start it again on the same port, after a stop if it still runs."""
        if self.process.is_running:
            self.process.end(signal.SIGTERM)
        return self.start()

    def create_key(
        self,
        name: str,
        role: str,
        agent_id: str | None = None,
        expires_in_days: int | None = None,
    ) -> str:
        return self.backend.create_key(name, role, agent_id, expires_in_days)

    def client(self, key: str | None = None) -> httpx.Client:
        """A client with this key, or with none; closed when the server is stopped."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = httpx.Client(
            base_url=self.url, headers=headers, timeout=REQUEST_SECONDS, verify=NO_TLS
        )
        self._clients.append(client)
        return client

    def client_as(self, role: str) -> httpx.Client:
        """A client with the key of viewer, agent, operator or admin."""
        return self.client(self.backend.keys[role])

    def log_tail(self, lines: int = 40) -> str:
        return self.process.log_tail(lines)

    def _is_ready(self, client: httpx.Client) -> bool:
        if not self.process.is_running:
            raise AssertionError(f"the server ended at its start with {self.process.exit_code}")
        try:
            return client.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def close_clients(self) -> None:
        """Those of a server that has ended by itself are still open."""
        for client in self._clients:
            client.close()
        self._clients.clear()


class FreshServer(Protocol):
    """Starts an instance for one test; a second one on the same database with `on=first.backend`.

    Keyword arguments are environment variables: ``fresh_server(LIGHTNING_TRANSITIONS="strict")``.
    """

    def __call__(self, on: Backend | None = None, **settings: str) -> Server: ...


@contextmanager
def running(*servers: Server) -> Iterator[tuple[Server, ...]]:
    """Start the servers; end those that still run, whatever the test did to them."""
    started: list[Server] = []
    try:
        for server in servers:
            server.start()
            started.append(server)
        yield servers
    finally:
        end_all(started)


def end_all(servers: list[Server]) -> None:
    """Stop every server that still runs; the first one that did not stop well is raised."""
    failures = []
    for server in servers:
        if not server.process.is_running:
            server.close_clients()
            continue
        server.resume()
        try:
            server.stop()
        except DidNotEndError as error:
            failures.append(str(error))
    if failures:
        raise AssertionError("\n".join(failures))
