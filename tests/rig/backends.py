"""Hands out migrated databases, each a copy of one template per kind of database."""

import fcntl
import itertools
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

from tests.rig.environment import clean_environment, run_python
from tests.rig.kept_management import kept
from tests.rig.keys import insert_key
from tests.rig.postgres import Postgres
from tests.rig.valkey import Valkey
from tools.child_process import DidNotEndError

BACKEND_NAMES = ("sqlite", "postgres")
TOPOLOGIES = ("sqlite", "postgres", "postgres+redis")


@dataclass(frozen=True)
class Backend:
    """One migrated database, with a Redis or without, and an API key for each role."""

    name: str
    database_url: str
    redis_url: str | None
    keys: Mapping[str, str]
    directory: Path
    postgres: Postgres | None = field(default=None, compare=False)
    valkey: Valkey | None = field(default=None, compare=False)

    def environment(self, **extra: str) -> dict[str, str]:
        redis = {"REDIS_URL": self.redis_url} if self.redis_url else {}
        return clean_environment(
            DATABASE_URL=self.database_url,
            LIGHTNING_VAR_DIR=str(self.directory / "var"),
            **redis,
            **extra,
        )

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command of `manage.py` on this database and return what it printed."""
        return kept.run(*arguments, environment=self.environment(**environment))

    def create_key(
        self,
        name: str,
        role: str,
        agent_id: str | None = None,
        expires_in_days: int | None = None,
    ) -> str:
        """A new API key; the command that makes one has tests of its own."""
        return insert_key(self, name, role, agent_id, expires_in_days)


class Backends:
    """Owns every database server of a test run; nothing starts before a test asks for it.

    Args:
        directory: for all that is made here.
        templates: for the migrated databases, which the processes of a parallel run make once.
    """

    def __init__(self, directory: Path, templates: Path | None = None) -> None:
        self.directory = directory
        self.templates = templates or directory
        self._numbers = itertools.count(1)
        self._postgres: Postgres | None = None
        self._postgres_directory: Path | None = None
        self._databases: list[str] = []
        self._valkeys: list[Valkey] = []
        self._sqlite_template: tuple[Path, Mapping[str, str]] | None = None
        self._postgres_template: tuple[str, Mapping[str, str]] | None = None

    def fresh(self, topology: str) -> Backend:
        """A new database with nothing in it but an account and a key for each role.

        Args:
            topology: ``sqlite``, ``postgres`` or ``postgres+redis``.
        """
        make = self._fresh_sqlite if topology == "sqlite" else self._fresh_postgres
        return make(topology, self.new_directory(topology))

    def copy(self, backend: Backend) -> Backend:
        """A backup of a database, ready to be served; nobody may be connected to it now."""
        directory = self.new_directory("copy")
        if backend.name == "sqlite":
            database = directory / "lightning.sqlite3"
            # Not the file alone: a server that did not end as Python ends leaves its newest rows
            # in the write-ahead log.
            source = backend.database_url.removeprefix("sqlite:///")
            with (
                closing(sqlite3.connect(source)) as one,
                closing(sqlite3.connect(database)) as other,
            ):
                one.backup(other)
            return replace(backend, database_url=f"sqlite:///{database}", directory=directory)
        copied = self._create_database(backend.database_url.rpartition("/")[2])
        return replace(backend, database_url=self._database_url(copied), directory=directory)

    def new_directory(self, name: str) -> Path:
        directory = self.directory / f"{name}-{next(self._numbers)}"
        directory.mkdir(parents=True)
        return directory

    def close(self) -> None:
        """Stop every server, drop what was created on servers that are not ours."""
        steps: list[Callable[[], None]] = [valkey.stop for valkey in self._valkeys]
        if self._postgres is not None:
            steps.append(self._postgres.stop)
        elif self._databases:
            steps.append(self._drop_databases)
        steps.insert(0, kept.close)
        failures = []
        for step in steps:
            try:
                step()
            except (DidNotEndError, psycopg.Error) as error:
                failures.append(str(error))  # the remaining servers must be stopped as well
        if self._postgres_directory is not None:
            shutil.rmtree(self._postgres_directory, ignore_errors=True)
        if failures:
            raise AssertionError("\n".join(failures))

    # --- SQLite ---------------------------------------------------------------------------------

    def _fresh_sqlite(self, topology: str, directory: Path) -> Backend:
        template, keys = self._sqlite_template = self._sqlite_template or self._make_sqlite()
        database = directory / "lightning.sqlite3"
        # The last connection to a WAL database folds the log into the file, so one file is all.
        shutil.copy(template, database)
        return Backend(
            name="sqlite",
            database_url=f"sqlite:///{database}",
            redis_url=None,
            keys=keys,
            directory=directory,
        )

    def _make_sqlite(self) -> tuple[Path, Mapping[str, str]]:
        """The migrated file: of whoever comes first, the others take it as it is."""
        template = self.templates / "template.sqlite3"
        with self._alone():
            if not template.exists():
                made = self.new_directory("sqlite-template") / "made.sqlite3"
                self._keep_keys("sqlite", self._prepare(f"sqlite:///{made}", made.parent))
                made.rename(template)
        return template, self._kept_keys("sqlite")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.templates / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _keep_keys(self, database: str, keys: Mapping[str, str]) -> None:
        (self.templates / f"{database}-keys.json").write_text(json.dumps(keys))

    def _kept_keys(self, database: str) -> Mapping[str, str]:
        keys: Mapping[str, str] = json.loads((self.templates / f"{database}-keys.json").read_text())
        return keys

    # --- PostgreSQL and Redis -------------------------------------------------------------------

    def _fresh_postgres(self, topology: str, directory: Path) -> Backend:
        template, keys = self._postgres_template = self._postgres_template or self._make_postgres()
        valkey, redis_url = self._fresh_redis() if topology.endswith("+redis") else (None, None)
        return Backend(
            name="postgres",
            database_url=self._database_url(self._create_database(template)),
            redis_url=redis_url,
            keys=keys,
            directory=directory,
            postgres=self._postgres,
            valkey=valkey,
        )

    def _make_postgres(self) -> tuple[str, Mapping[str, str]]:
        """The migrated database, in a cluster that whoever comes first has made for all."""
        if os.environ.get("TEST_DATABASE_URL"):
            return self._migrated()
        cluster = self.templates / "postgres-cluster"
        name = self.templates / "postgres-template"
        with self._alone():
            if not cluster.exists():
                template, keys = self._migrated()
                assert self._postgres is not None
                self._postgres.copy_to(cluster)
                self._keep_keys("postgres", keys)
                name.write_text(template)
        return name.read_text(), self._kept_keys("postgres")

    def _migrated(self) -> tuple[str, Mapping[str, str]]:
        template = self._create_database()
        return template, self._prepare(self._database_url(template), self.new_directory("template"))

    def _create_database(self, template: str = "template0") -> str:
        name = f"lightning_test_{os.getpid()}_{next(self._numbers)}"
        statement = sql.SQL("create database {} template {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with psycopg.connect(self._administration_url(), autocommit=True) as connection:
            connection.execute(statement)
        self._databases.append(name)
        return name

    def _drop_databases(self) -> None:
        with psycopg.connect(self._administration_url(), autocommit=True) as connection:
            for name in self._databases:
                connection.execute(
                    sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
                )

    def _administration_url(self) -> str:
        given = os.environ.get("TEST_DATABASE_URL")
        if given:
            return given
        if self._postgres is None:
            # Not below pytest's own directory: that one is closed to the user PostgreSQL runs as.
            self._postgres_directory = Path(tempfile.mkdtemp(prefix="lightning-postgres-"))
            postgres = Postgres(
                self._postgres_directory, cluster=self.templates / "postgres-cluster"
            )
            postgres.start()
            self._postgres = postgres
        return self._postgres.url()

    def _database_url(self, database: str) -> str:
        return urlunsplit(urlsplit(self._administration_url())._replace(path=f"/{database}"))

    def _fresh_redis(self) -> tuple[Valkey | None, str]:
        given = os.environ.get("TEST_REDIS_URL")
        if given:
            with redis.Redis.from_url(given) as connection:
                connection.flushdb()
            return None, given
        valkey = Valkey(self.new_directory("valkey"))
        valkey.start()
        self._valkeys.append(valkey)
        return valkey, valkey.url

    def _prepare(self, database_url: str, directory: Path) -> Mapping[str, str]:
        printed = run_python(
            "-m",
            "tests.rig.prepare_database",
            environment=clean_environment(
                DATABASE_URL=database_url,
                LIGHTNING_VAR_DIR=str(directory / "var"),
                LIGHTNING_LOG_LEVEL="WARNING",
            ),
        )
        keys: Mapping[str, str] = json.loads(printed)
        return keys
