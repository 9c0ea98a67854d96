"""Things that go wrong with instances, PostgreSQL and Redis, one after another and at random."""

import random
import threading
from collections import Counter
from collections.abc import Callable

import psycopg
import redis

from tests.rig.backends import Backend
from tests.rig.postgres import Postgres
from tests.rig.server import Server
from tests.rig.valkey import Valkey

CALM_SECONDS = (1.0, 6.0)
FROZEN_SECONDS = (0.2, 3.0)
TERMINATE = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)


class Mishaps:
    """Does harm until it is told to stop; whatever it breaks, it also brings back.

    Args:
        servers: instances on the same database, running.
        backend: their database; its PostgreSQL and Valkey are harmed too when it has them.
        chance: decides what happens and when.
    """

    def __init__(self, servers: tuple[Server, ...], backend: Backend, chance: random.Random):
        self.servers = servers
        self.backend = backend
        self.happened: Counter[str] = Counter()
        self.starts: Counter[int] = Counter()
        self._chance = chance
        self._kinds: list[Callable[[], None]] = [
            self.an_instance_is_killed,
            self.an_instance_is_restarted,
            self.an_instance_is_frozen,
        ]
        if backend.postgres is not None:
            self._kinds += [
                self.sessions_are_terminated,
                self.postgresql_crashes,
                self.postgresql_is_frozen,
            ]
        if backend.valkey is not None:
            self._kinds += [self.redis_is_flushed, self.redis_is_killed, self.redis_is_frozen]

    def happen(self, stop: threading.Event) -> None:
        """One after another, with some calm in between, until ``stop``."""
        while not stop.wait(self._chance.uniform(*CALM_SECONDS)):
            mishap = self._chance.choice(self._kinds)
            self.happened[mishap.__name__] += 1
            mishap()

    def life_of(self, server: Server) -> str:
        """Names the process behind a port: another one after each start."""
        return f"{server.port}.{self.starts[server.port]}"

    def an_instance_is_killed(self) -> None:
        server = self._chance.choice(self.servers)
        server.kill()
        self._start(server)

    def an_instance_is_restarted(self) -> None:
        server = self._chance.choice(self.servers)
        server.stop()
        self._start(server)

    def an_instance_is_frozen(self) -> None:
        self._freeze(self._chance.choice(self.servers))

    def sessions_are_terminated(self) -> None:
        with psycopg.connect(self.backend.database_url, autocommit=True) as connection:
            connection.execute(TERMINATE)

    def postgresql_crashes(self) -> None:
        assert self.backend.postgres is not None
        self.backend.postgres.kill()
        self.backend.postgres.start()

    def postgresql_is_frozen(self) -> None:
        assert self.backend.postgres is not None
        self._freeze(self.backend.postgres)

    def redis_is_flushed(self) -> None:
        assert self.backend.redis_url is not None
        with redis.Redis.from_url(self.backend.redis_url) as connection:
            connection.flushall()

    def redis_is_killed(self) -> None:
        assert self.backend.valkey is not None
        self.backend.valkey.kill()
        self.backend.valkey.start()

    def redis_is_frozen(self) -> None:
        assert self.backend.valkey is not None
        self._freeze(self.backend.valkey)

    def _start(self, server: Server) -> None:
        self.starts[server.port] += 1
        server.start()

    def _freeze(self, one: Server | Postgres | Valkey) -> None:
        one.pause()
        try:
            threading.Event().wait(self._chance.uniform(*FROZEN_SECONDS))
        finally:
            one.resume()
