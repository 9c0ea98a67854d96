"""The test stand: fresh databases, the product behind each of its doors, a bare server."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpx

from bench.neighbour import Command, Neighbour
from tests.rig import postgres
from tests.rig.backends import Backend, Backends
from tests.rig.environment import REPOSITORY
from tests.rig.server import Server

# The tests' PostgreSQL does without fsync; a benchmark of durable writes may not.
postgres.SETTINGS.update(fsync="on", shared_buffers="256MB", max_wal_size="2GB")

_SETTLE_SECONDS = 0.3


class Pausable(Protocol):
    """A server that can be kept from using the processor while another is measured."""

    @property
    def pid(self) -> int: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class Door:
    """The product with a database of its own: what one door writes, the others need not read."""

    def __init__(self, backend: Backend, **settings: str) -> None:
        self.backend = backend
        self.server = Server(backend, backend.directory, **settings)
        started_at = time.monotonic()
        self.server.start()
        self.ready_seconds = time.monotonic() - started_at

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def pid(self) -> int:
        return self.server.process.pid

    def key(self, role: str) -> str:
        return self.backend.keys[role]

    def client(self, role: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key(role)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=120)

    def pause(self) -> None:
        self.server.pause()

    def resume(self) -> None:
        self.server.resume()


class Stand:
    """Everything one topology needs; nothing starts before a scenario asks for it.

    Args:
        topology: what the product runs on, such as ``postgres+redis``.
        peers_python: the Python that peers written in Python are installed for, if there is one.
    """

    def __init__(self, topology: str, peers_python: Path | None = None) -> None:
        self.topology = topology
        self.peers_python = peers_python
        self.directory = Path(tempfile.mkdtemp(prefix="lightning-bench-"))
        self._backends = Backends(self.directory)
        self._doors: dict[str, Door] = {}
        self._neighbours: list[Neighbour] = []
        self._bare: Neighbour | None = None

    @property
    def has_postgres(self) -> bool:
        return self.topology.startswith("postgres")

    def fresh_backend(self) -> Backend:
        return self._backends.fresh(self.topology)

    def door(self, name: str, **settings: str) -> Door:
        """The product under a name, started when it is asked for the first time."""
        if name not in self._doors:
            self._doors[name] = Door(self.fresh_backend(), **settings)
        return self._doors[name]

    def has_door(self, name: str) -> bool:
        return name in self._doors

    def bare(self) -> Neighbour:
        """A hello-world ASGI application on our own server."""
        if self._bare is None:
            command = [sys.executable, "-m", "bench.bare_app", "--port"]
            self._bare = Neighbour(
                "bare", lambda port: [*command, str(port)], REPOSITORY, self.directory
            )
            self._neighbours.append(self._bare)
        return self._bare

    @contextmanager
    def neighbour(self, name: str, command: Command, **environment: str) -> Iterator[Neighbour]:
        """Within, another server runs; it is frozen like ours while one of them is measured."""
        server = Neighbour(name, command, self.directory, self.directory, **environment)
        self._neighbours.append(server)
        try:
            yield server
        finally:
            self._neighbours.remove(server)
            server.end()

    def close_door(self, name: str) -> None:
        """Ends a server that no other scenario needs."""
        door = self._doors.pop(name, None)
        if door is not None:
            door.resume()
            door.server.stop()

    @contextmanager
    def only(self, *awake: Pausable) -> Iterator[None]:
        """Within, all servers but these are frozen: two processors are all there is."""
        running: list[Pausable] = [*self._doors.values(), *self._neighbours]
        for server in running:
            if server not in awake:
                server.pause()
        try:
            time.sleep(_SETTLE_SECONDS)
            yield
        finally:
            for server in running:
                server.resume()

    def close(self) -> None:
        for name in list(self._doors):
            self.close_door(name)
        for server in self._neighbours:
            server.end()
        self._backends.close()
        shutil.rmtree(self.directory, ignore_errors=True)
