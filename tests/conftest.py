"""Fixtures every test may use: databases, servers, clients."""

import gc
import logging
import os
import sys
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.rig.backends import BACKEND_NAMES, TOPOLOGIES, Backend, Backends
from tests.rig.browser import HOW_TO_GET_IT, Pages, chromium, find_chromium
from tests.rig.environment import REPOSITORY
from tests.rig.failure_logs import attach_server_logs
from tests.rig.loaded_python import LoadedProcess
from tests.rig.server import FreshServer, Server, end_all, running
from tests.rig.sharing_out import SharedOut, tell
from tools.child_process import ChildProcess

# The examples are programs, not a package: their folder is what Python puts on its path for them.
sys.path.append(str(REPOSITORY / "examples"))

MARKERS = {
    "slow": "takes seconds; make test-fast leaves it out",
    "browser": "drives Chromium; make test-fast leaves it out",
    "faults": "kills, pauses or starves servers; make test-fast leaves it out",
    "own_servers": "starts servers or programs of its own; make test-fast leaves it out",
    "one_place": "the database has no part in it: it runs on the first one only",
    "on_each_database": "a page that is looked at on SQLite too",
    "with_and_without_redis": "two instances on PostgreSQL without Redis too: it is about caches",
    "soak": "runs for minutes; only make test-all runs it",
}
OF_A_TEST = {"fresh_server", "fresh_backend", "mistreated_postgres"}
OF_A_FILE = {"armed_pair", "both_doors"}
OF_A_RUN = {"server", "two_servers"}
ABOVE_HTTP = {"client", "examples"}
"""Whose tests meet no database: one is as good as the other."""
PROGRAMS = ("examples", "tools", "proxies", "property")
LONGEST = ("pair", "contract", "pages")
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
    Server.process_type = LoadedProcess
    # A line for every request would bury what a failed test has to say.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    unknown = set(chosen_backends(config)) - set(BACKEND_NAMES)
    if unknown:
        raise pytest.UsageError(f"--backends: unknown {', '.join(sorted(unknown))}")


def chosen_backends(config: pytest.Config) -> list[str]:
    return [name for name in config.getoption("--backends").split(",") if name]


def chosen_for(metafunc: pytest.Metafunc) -> list[str]:
    """The databases a test runs on. Pages meet no SQL of their own: the last one has them."""
    chosen = chosen_backends(metafunc.config)
    marked = metafunc.definition.get_closest_marker
    if ABOVE_HTTP & set(metafunc.definition.path.parts):
        return chosen[:1]
    if "browser" in metafunc.fixturenames and not marked("on_each_database"):
        return chosen[-1:]
    return chosen[:1] if marked("one_place") else chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = chosen_for(metafunc)
    if "backend_name" in metafunc.fixturenames:
        metafunc.parametrize("backend_name", chosen, scope="session")
    if "topology" in metafunc.fixturenames:
        with_and_without = metafunc.definition.get_closest_marker("with_and_without_redis")
        wanted = TOPOLOGIES if with_and_without else BACKEND_TOPOLOGY.values()
        topologies = [name for name in wanted if name.split("+")[0] in chosen]
        metafunc.parametrize("topology", topologies, scope="session")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    for item in items:
        if "browser" in fixtures_of(item):
            item.add_marker(pytest.mark.browser)
            if find_chromium() is None:
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_IT))
        if starts_servers(item):
            item.add_marker(pytest.mark.own_servers)
    yield  # pytest chooses by markers, and puts tests of one fixture together
    groups = {item: group_of(item) for item in items}
    items.sort(key=lambda item: turn_of(item, groups[item]))
    told = getattr(config, "workerinput", {}).get("groups")
    if told is not None:
        tell(Path(told), {item.nodeid: name for item, name in groups.items() if name})


def pytest_collection_finish() -> None:
    gc.freeze()  # thousands of tests stay to the end: no collection needs to walk them


def starts_servers(item: pytest.Item) -> bool:
    fixtures = fixtures_of(item)
    if item.path.parent.name in PROGRAMS or fixtures & (OF_A_TEST | {"two_servers"}):
        return True
    return "backends" in fixtures and "server" not in fixtures


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["groups"] = str(groups_file(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedOut | None:
    if config.getvalue("dist") != "loadgroup":
        return None
    return SharedOut(config, log, groups_file(config))


def groups_file(config: pytest.Config) -> Path:
    made: Path = config._tmp_path_factory.getbasetemp() / "groups.json"
    return made


def turn_of(item: pytest.Item, group: str | None) -> int:
    """When a test is handed out: what takes long comes first, so that nothing long comes last."""
    family = (group or "").partition(" ")[0]
    if family in LONGEST:
        return LONGEST.index(family)
    if item.get_closest_marker("slow"):
        return len(LONGEST)
    is_alone = item.path.parent.name in ("unit", "verl")
    return len(LONGEST) + (2 if is_alone else 1)


def group_of(item: pytest.Item) -> str | None:
    """Which tests of a parallel run belong to one process: those that share a server.

    A test that starts all it needs is no group's: whichever process is free takes it.
    """
    fixtures = fixtures_of(item)
    database = database_of(item)
    # In halves, where one has most of them: two servers keep two processors busy.
    half = "first" if item.path.stem < "test_i" else "second"
    if "browser" in fixtures:
        return f"pages {half} on {database}"
    if "two_servers" in fixtures:
        return f"pair of {item.path.parent.name} on {database}"
    if "server" in fixtures:
        if item.path.parent.name != "contract":  # whose server is another
            return f"others on {database}"
        return f"contract {half if database == BACKEND_NAMES[0] else 'all'} on {database}"
    if OF_A_TEST & fixtures and not OF_A_FILE & fixtures:
        return None
    return f"{item.path.parent.name}/{item.path.stem} on {database}"


def fixtures_of(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def database_of(item: pytest.Item) -> str:
    """What a test is asked to run on; nothing when it is asked nothing."""
    parameters = getattr(item, "callspec", None)
    return str(
        next(
            (
                parameters.params[name]
                for name in ("place", "topology", "backend_name")
                if parameters is not None and name in parameters.params
            ),
            "",
        )
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """A group's servers end with its last test: until the run's end they would cost time."""
    yield
    in_parallel = hasattr(item.config, "workerinput")  # a group's tests come in one piece there
    if not in_parallel or nextitem is None or group_of(item) == group_of(nextitem):
        return
    for fixture in shared_servers_of(item) - shared_servers_of(nextitem):
        fixture.finish(item._request)  # type: ignore[attr-defined]


def shared_servers_of(item: pytest.Item) -> set[pytest.FixtureDef[Any]]:
    """The fixtures, not their names: a folder has a `server` of its own."""
    found = item.session._fixturemanager.getfixturedefs
    return {found(name, item)[-1] for name in OF_A_RUN & fixtures_of(item)}  # type: ignore[index]


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
    own = tmp_path_factory.mktemp("rig")
    base = tmp_path_factory.getbasetemp()
    in_parallel = "PYTEST_XDIST_WORKER" in os.environ  # each process's base is in the run's
    templates = (base.parent if in_parallel else base) / "templates"
    templates.mkdir(exist_ok=True)
    owner = Backends(own, templates)
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
    """Two instances on one database: SQLite, and PostgreSQL with Valkey (or without, if asked)."""
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


@pytest.fixture(scope="module")
def real_starts() -> Iterator[None]:
    """Servers start as an operator starts them, not with the product loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Server, "process_type", ChildProcess)
        yield


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
