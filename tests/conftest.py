"""Fixtures every test may use: databases, servers, clients."""

import logging
import sys
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.rig.backends import BACKEND_NAMES, REPOSITORY, TOPOLOGIES, Backend, Backends
from tests.rig.browser import HOW_TO_GET_IT, Pages, chromium, find_chromium
from tests.rig.failure_logs import attach_server_logs
from tests.rig.server import FreshServer, Server, end_all, running

# The examples are programs, not a package: their folder is what Python puts on its path for them.
sys.path.append(str(REPOSITORY / "examples"))

MARKERS = {
    "slow": "takes more than ten seconds; make test-fast leaves it out",
    "browser": "drives Chromium; make test-fast leaves it out",
    "faults": "kills, pauses or starves servers; make test-fast leaves it out",
    "soak": "runs for minutes; only make test-all runs it",
}
# What a test gets from `backend` and `server`: the plain one and the one with everything.
BACKEND_TOPOLOGY = {"sqlite": "sqlite", "postgres": "postgres+redis"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backends",
        default=",".join(BACKEND_NAMES),
        help="databases to test on, comma-separated: sqlite, postgres (default: both)",
    )


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    # A line for every request would bury what a failed test has to say.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    unknown = set(chosen_backends(config)) - set(BACKEND_NAMES)
    if unknown:
        raise pytest.UsageError(f"--backends: unknown {', '.join(sorted(unknown))}")


def chosen_backends(config: pytest.Config) -> list[str]:
    return [name for name in config.getoption("--backends").split(",") if name]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = chosen_backends(metafunc.config)
    if "backend_name" in metafunc.fixturenames:
        metafunc.parametrize("backend_name", chosen, scope="session")
    if "topology" in metafunc.fixturenames:
        topologies = [name for name in TOPOLOGIES if name.split("+")[0] in chosen]
        metafunc.parametrize("topology", topologies, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(database_of(item)))
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if find_chromium() is None:
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_IT))


def database_of(item: pytest.Item) -> str:
    """Where a test belongs in a parallel run: each database has a process, and starts once."""
    parameters = getattr(item, "callspec", None)
    values = parameters.params.values() if parameters else ()
    names = (str(getattr(value, "backend_name", value)) for value in values)
    found = next((name for name in names if name.partition("+")[0] in BACKEND_NAMES), "sqlite")
    return found.partition("+")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    left_out = sum(HOW_TO_GET_IT in str(report.longrepr) for report in skipped)
    if left_out:
        terminalreporter.write_line(f"{left_out} browser tests were left out. {HOW_TO_GET_IT}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    attach_server_logs(item, report)
    return report


# --- Databases ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def backends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    """Every database server of the run; `backends.fresh(topology)` makes another database."""
    owner = Backends(tmp_path_factory.mktemp("rig"))
    try:
        yield owner
    finally:
        owner.close()


@pytest.fixture(scope="session")
def backend(backends: Backends, backend_name: str) -> Backend:
    """The database shared by a session's tests: SQLite, then PostgreSQL with Valkey."""
    return backends.fresh(BACKEND_TOPOLOGY[backend_name])


@pytest.fixture
def fresh_backend(backends: Backends, backend_name: str) -> Backend:
    """A database of this test alone."""
    return backends.fresh(BACKEND_TOPOLOGY[backend_name])


# --- Servers -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def server(backend: Backend) -> Iterator[Server]:
    """The instance shared by a session's tests: leave it running, use ids of your own."""
    with running(Server(backend, backend.directory)) as (instance,):
        yield instance


@pytest.fixture(scope="session")
def two_servers(backends: Backends, topology: str) -> Iterator[tuple[Server, Server]]:
    """Two instances on one database: SQLite, PostgreSQL, and PostgreSQL with Valkey."""
    backend = backends.fresh(topology)
    first, second = (Server(backend, backend.directory) for _ in range(2))
    with running(first, second):
        yield first, second


@pytest.fixture
def fresh_server(fresh_backend: Backend) -> Iterator[FreshServer]:
    """A factory of servers for tests which kill, pause or configure them."""
    started: list[Server] = []

    def start(on: Backend | None = None, **settings: str) -> Server:
        backend = on or fresh_backend
        instance = Server(backend, backend.directory, **settings).start()
        started.append(instance)
        return instance

    yield start
    end_all(started)


# --- Browser -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Not for the session: its event loop would be in the way of async tests."""
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Pages]:
    """Opens pages: `open_page("/agents/", role="viewer", width=375, theme="dark")`."""
    pages = Pages(browser, server)
    yield pages
    pages.close()
    assert not pages.faults, "\n".join(pages.faults)


# --- Clients and names --------------------------------------------------------------------------


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """The shared instance, with the key of an agent."""
    with server.client_as("agent") as connection:
        yield connection


@pytest.fixture
def client_as(server: Server) -> Callable[[str], httpx.Client]:
    """The shared instance with the key of a role: viewer, agent, operator, admin."""
    return server.client_as


@pytest.fixture
def anonymous(server: Server) -> Iterator[httpx.Client]:
    """The shared instance without credentials."""
    with server.client() as connection:
        yield connection


@pytest.fixture
def new_id() -> Callable[[str], str]:
    """Ids nobody else uses: `new_id("agent")` → `agent-3f2a…`."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project's root directory."""
    return REPOSITORY
