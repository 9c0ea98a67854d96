"""Two instances with failpoints, on each database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import BACKEND_TOPOLOGY
from tests.faults.failpoints import Failpoints
from tests.rig.backends import Backend, Backends
from tests.rig.server import Server, running


@dataclass(frozen=True)
class Armed:
    """A server and its failpoints."""

    server: Server
    failpoints: Failpoints

    def client(self, role: str = "operator") -> httpx.Client:
        return self.server.client_as(role)

    def revive(self) -> None:
        """Runs again after a crash."""
        self.server.kill()
        self.server.start()


@pytest.fixture(scope="module")
def armed_pair(backends: Backends, backend_name: str) -> Iterator[tuple[Armed, Armed]]:
    """Two instances on one database of their own, with a verifier that does as it is told."""
    backend = backends.fresh(BACKEND_TOPOLOGY[backend_name])
    points = [Failpoints(backend.directory / f"failpoints-{name}") for name in ("here", "there")]
    verifier = {"LIGHTNING_CONTENT_VERIFIERS": "tests.contract.verifiers.Obedient"}
    here, there = (
        Server(backend, backend.directory, **point.settings, **verifier) for point in points
    )
    with running(here, there):
        yield Armed(here, points[0]), Armed(there, points[1])


@pytest.fixture
def here(armed_pair: tuple[Armed, Armed]) -> Armed:
    """The instance things happen to."""
    return armed_pair[0]


@pytest.fixture
def there(armed_pair: tuple[Armed, Armed]) -> Armed:
    """The other one."""
    return armed_pair[1]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """For calls that are held up in the server."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture
def mistreated_postgres(backends: Backends) -> Backend:
    """A PostgreSQL that may be killed or frozen; every other test's server has to cope with it."""
    backend = backends.fresh("postgres")
    if backend.postgres is None:
        pytest.skip("TEST_DATABASE_URL is somebody else's server: it is neither killed nor frozen")
    return backend
