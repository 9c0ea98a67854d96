"""Contract §8: `manage.py serve` starts, keeps its workers, restarts and ends."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from state.server.listener import close_all, open_listeners
from state.server.worker_process import WorkerProcess
from tests.conftest import BACKEND_TOPOLOGY
from tests.contract.bodies import READY
from tests.contract.processes import is_alive, resident_bytes, worker_pids
from tests.contract.watching import cursor_now, start_poll
from tests.rig.backends import Backend, Backends
from tests.rig.environment import REPOSITORY
from tests.rig.ports import accepts_connections, free_port
from tests.rig.server import REQUEST_SECONDS, START_SECONDS, FreshServer, Server, running
from tests.rig.waiting import wait_for

pytestmark = [pytest.mark.one_place, pytest.mark.usefixtures("real_starts")]

IDLE_LIMIT_BYTES = 120 * 1024 * 1024
END_SECONDS = 60.0  # of a process, on a slow and busy machine
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])


@pytest.fixture(scope="module")
def plain(backends: Backends, backend_name: str) -> Iterator[Server]:
    """One process, for tests that leave it as it is."""
    backend = backends.fresh(BACKEND_TOPOLOGY[backend_name])
    with running(Server(backend, backend.directory)) as (server,):
        yield server


@pytest.fixture(scope="module")
def several(backends: Backends, backend_name: str) -> Iterator[Server]:
    """Three workers, for tests that leave as many."""
    backend = backends.fresh(BACKEND_TOPOLOGY[backend_name])
    settings = {"LIGHTNING_MIN_INSTANCES": "3"}
    with running(Server(backend, backend.directory, **settings)) as (server,):
        yield server


def serve_and_fail(backend: Backend, port: int, **settings: str) -> str:
    """Run `manage.py serve`, which must end by itself, and return what it said."""
    result = subprocess.run(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=REPOSITORY,
        env=backend.environment(**settings),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    return result.stderr


def listed_workers(backend: Backend) -> int:
    """How many workers the database knows."""
    counting = "from state.models import Worker; print(Worker.objects.count())"
    return int(backend.manage("shell", "--no-imports", "-v0", "-c", counting))


class Knocker:
    """Makes new connections all the time and keeps what went wrong."""

    def __init__(self, server: Server) -> None:
        self._url = server.url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._knock)
        self.answers = 0
        self.failures: list[str] = []

    def __enter__(self) -> "Knocker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _knock(self) -> None:
        # One client, since each builds a TLS context; it keeps no connection.
        fresh = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=self._url, timeout=REQUEST_SECONDS, limits=fresh) as client:
            while not self._stop.wait(0.01):
                try:
                    client.get("/health/live").raise_for_status()
                    self.answers += 1
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))


class Reconnecting:
    """Clients that connect anew for every request, until they are refused; and what befell them."""

    def __init__(self, server: Server, count: int) -> None:
        self._server = server
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(count)]
        self.answers = 0
        self.resets: list[str] = []

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(END_SECONDS)
            assert not thread.is_alive(), "a client was neither served nor refused"

    def _ask_on(self) -> None:
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self._server.port), 30)
            except OSError:
                return  # refused
            try:
                with connection:
                    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    if connection.recv(15) != b"HTTP/1.1 200 OK":
                        self.resets.append("closed without an answer")
            except OSError as error:
                self.resets.append(repr(error))
            self.answers += 1


# --- Start --------------------------------------------------------------------------------------


def test_it_says_one_line_and_logs_no_request(plain: Server) -> None:
    client = plain.client_as("viewer")
    assert client.get("/api/v1/summary").status_code == 200
    assert client.get("/api/v1/agents").status_code == 200
    # A stalled machine keeps Redis from answering, which is told, too.
    said = [line for line in plain.log_tail().splitlines() if "Level 2 (Redis)" not in line]
    assert said == [f"Lightning State on {plain.url}"]


def test_it_names_a_busy_port(plain: Server) -> None:
    assert f"Port {plain.port} on 127.0.0.1" in serve_and_fail(plain.backend, plain.port)
    assert plain.client().get("/health/live").status_code == 200


def test_it_names_a_maximum_below_the_minimum(fresh_backend: Backend) -> None:
    said = serve_and_fail(
        fresh_backend, 29_999, LIGHTNING_MIN_INSTANCES="4", LIGHTNING_MAX_INSTANCES="3"
    )
    assert "LIGHTNING_MAX_INSTANCES is 3" in said


@pytest.mark.parametrize("count", ["0", "65", "many"])
def test_it_refuses_a_bad_number_of_workers(fresh_backend: Backend, count: str) -> None:
    said = serve_and_fail(fresh_backend, 29_999, LIGHTNING_MIN_INSTANCES=count)
    assert "LIGHTNING_MIN_INSTANCES" in said


def test_an_idle_worker_is_small(plain: Server) -> None:
    assert plain.client_as("viewer").get("/api/v1/summary").status_code == 200
    assert resident_bytes(plain.process.pid) < IDLE_LIMIT_BYTES


# --- Several workers ----------------------------------------------------------------------------


def test_workers_are_one_instance(several: Server) -> None:
    assert len(worker_pids(several)) == 3
    client = several.client_as("viewer")

    def reported() -> list[int]:
        return [one["workers"] for one in client.get("/api/v1/cache").json()["instances"]]

    wait_for(lambda: reported() == [3], what="one instance of three workers")


def test_more_workers_than_processors_run_when_they_are_asked_for(
    several: Server,
) -> None:
    assert len(worker_pids(several)) == 3


def test_workers_read_each_others_writes(several: Server, new_id: Callable[[str], str]):
    path = f"/api/v1/agents/{new_id('agent')}"
    clients = [several.client_as("agent") for _ in range(6)]  # on every worker
    assert clients[0].put(path, json=READY).status_code == 201
    for version in range(1, 40):
        writer = clients[version % len(clients)]
        written = writer.patch(path, json={"properties": {"turn": version}})
        assert written.status_code == 200, written.text
        seen = {client.get(path).json()["version"] for client in clients}
        assert seen == {version + 1}


def test_a_worker_that_dies_is_replaced(several: Server) -> None:
    before = worker_pids(several)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_for(
        lambda: len(worker_pids(several)) == 3 and victim not in worker_pids(several),
        timeout_seconds=START_SECONDS,
        what="a new worker",
    )
    assert several.client_as("viewer").get("/api/v1/summary").status_code == 200


def test_workers_do_not_outlive_their_supervisor(fresh_server: FreshServer) -> None:
    server = fresh_server(LIGHTNING_MIN_INSTANCES="2")
    workers = worker_pids(server)
    os.kill(server.process.pid, signal.SIGKILL)
    wait_for(lambda: not any(map(is_alive, workers)), what="the end of the workers")
    wait_for(lambda: not accepts_connections(server.port), what="a free port")


def test_a_worker_ends_with_a_supervisor_that_has_not_read_its_report(
    fresh_backend: Backend,
) -> None:
    """What was sent and never read makes the end of the socket an error."""
    listeners = open_listeners("127.0.0.1", free_port())
    worker = WorkerProcess(listeners, fresh_backend.environment())
    try:
        assert select.select([worker.report], [], [], START_SECONDS)[0], "it never served"
        worker.report.close()
        wait_for(
            lambda: worker.exit_code is not None,
            timeout_seconds=END_SECONDS,
            what="the end of the worker",
        )
    finally:
        worker.kill()
        worker.close()
        close_all(listeners)


# --- Restart ------------------------------------------------------------------------------------


@WORKERS
def test_whoever_comes_at_a_restart_is_served_and_at_the_end_served_or_refused(
    fresh_server: FreshServer, workers: str
) -> None:
    server = fresh_server(LIGHTNING_MIN_INSTANCES=workers)
    started = instance_start(server)
    before = worker_pids(server)
    with Knocker(server) as knocker:
        wait_for(lambda: knocker.answers > 3, what="answers before the restart")
        server.process.send(signal.SIGHUP)
        if workers == "1":
            wait_for(
                lambda: instance_start(server) != started,
                timeout_seconds=START_SECONDS,
                what="a server started anew",
            )
        else:
            wait_for(
                lambda: len(worker_pids(server)) == 2 and not worker_pids(server) & before,
                timeout_seconds=2 * START_SECONDS,
                what="two new workers",
            )
        answered = knocker.answers
        wait_for(lambda: knocker.answers > answered + 3, what="answers after the restart")
    assert not knocker.failures
    assert server.process.is_running
    clients = Reconnecting(server, 16)
    clients.start()
    wait_for(lambda: clients.answers > 100, what="answers")
    server.process.send(signal.SIGTERM)
    clients.join()
    assert clients.resets == []
    assert not accepts_connections(server.port)


def instance_start(server: Server) -> str:
    """Since when the answering instance runs, as it says itself."""
    report = server.client_as("viewer").get("/api/v1/cache").json()
    started: str = max(one["startedAt"] for one in report["instances"])
    return started


# --- End ----------------------------------------------------------------------------------------


@WORKERS
def test_sigterm_ends_everything_in_order(fresh_server: FreshServer, workers: str) -> None:
    """Requests are answered, sockets closed by name, workers taken off the list."""
    server = fresh_server(LIGHTNING_MIN_INSTANCES=workers)
    wait_for(lambda: listed_workers(server.backend) == int(workers), what="listed workers")
    cursor = cursor_now(server.client_as("viewer"))
    authorization = {"Authorization": f"Bearer {server.backend.keys['viewer']}"}
    with (
        ThreadPoolExecutor(1) as threads,
        connect(f"{server.websocket_url}/ws/events", additional_headers=authorization) as socket,
    ):
        socket.recv(timeout=END_SECONDS)
        poll = start_poll(threads, server, cursor, wait_seconds=25)
        server.process.send(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            drain(socket)
        answer = poll.result()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in {1001, 1012}
    assert (answer.status_code, answer.json()["events"]) == (200, [])
    wait_for(lambda: not server.process.is_running, timeout_seconds=END_SECONDS, what="the end")
    assert server.process.exit_code == 0
    assert not accepts_connections(server.port)
    assert listed_workers(server.backend) == 0


def drain(socket: ClientConnection) -> None:
    """Reads until the other side closes."""
    while True:
        socket.recv(timeout=END_SECONDS)


def test_ctrl_c_ends_it_in_order(fresh_server: FreshServer) -> None:
    server = fresh_server(LIGHTNING_MIN_INSTANCES="2")
    server.process.send_to_group(signal.SIGINT)  # a terminal tells every process of the group
    wait_for(lambda: not server.process.is_running, timeout_seconds=END_SECONDS, what="the end")
    assert server.process.exit_code == 0


# --- Connections --------------------------------------------------------------------------------


def test_a_connection_ends_after_its_share_of_requests(plain: Server) -> None:
    client = plain.client_as("agent")
    path = "/api/v1/agents/often"
    assert client.put(path, json=READY).status_code == 201
    for _ in range(2100):
        if client.get(path).headers.get("Connection") == "close":
            break
    else:
        pytest.fail("the connection was never closed")
    assert client.get(path).status_code == 200
