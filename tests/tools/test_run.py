"""`make run`: what an operator sees and what is left after Ctrl-C."""

import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.rig.environment import REPOSITORY, clean_environment
from tests.rig.ports import accepts_connections, free_port
from tests.rig.server import REQUEST_SECONDS
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess

pytestmark = pytest.mark.slow

StartRun = Callable[..., ChildProcess]

# On a slow and busy machine.
FIRST_STEPS_SECONDS = 100.0
GREETING_SECONDS = 200.0


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start_run(tmp_path: Path, port: int) -> Iterator[StartRun]:
    """Starts tools/run.py on a var directory and a port of this test's own."""
    started: list[ChildProcess] = []

    def start(*arguments: str) -> ChildProcess:
        process = ChildProcess(
            [sys.executable, "-m", "tools.run", "--port", str(port), *arguments],
            environment=clean_environment(LIGHTNING_VAR_DIR=str(tmp_path / "var")),
            directory=REPOSITORY,
            log_path=tmp_path / f"run-{len(started)}.log",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.is_running:
            process.end(signal.SIGINT)


def first_login(tmp_path: Path) -> dict[str, str]:
    login: dict[str, str] = json.loads((tmp_path / "var" / "first_login.json").read_text())
    return login


def completed_runs(port: int, key: str) -> int:
    answer = httpx.get(
        f"http://127.0.0.1:{port}/api/v1/summary",
        headers={"Authorization": f"Bearer {key}"},
        timeout=REQUEST_SECONDS,
    )
    count: int = answer.json()["research"]["byStatus"]["Completed"]
    return count


def wait_until_said(process: ChildProcess, text: str) -> str:
    """All it has printed by then; it may have ended instead."""
    wait_for(
        lambda: text in process.log_tail(400) or not process.is_running,
        timeout_seconds=GREETING_SECONDS,
        what=f"{text!r} on the screen",
    )
    return process.log_tail(400)


def test_it_starts_everything_ends_everything_and_starts_again_telling_no_secret(
    start_run: StartRun, tmp_path: Path, port: int
) -> None:
    first = start_run("--with-example")
    said = wait_until_said(first, "verified facts")
    login = first_login(tmp_path)
    assert stat.S_IMODE(os.stat(tmp_path / "var" / "first_login.json").st_mode) == 0o600
    assert login["password"] in said
    assert login["agent_key"] in said
    assert completed_runs(port, login["agent_key"]) >= 1
    headers = {"Authorization": f"Bearer {login['agent_key']}"}
    url = f"http://127.0.0.1:{port}/api/v1/agents/kept"
    body = {"agentType": "Demo", "status": "Ready"}
    created = httpx.put(url, headers=headers, json=body, timeout=REQUEST_SECONDS)
    assert created.status_code == 201
    children = psutil.Process(first.pid).children(recursive=True)
    assert len(children) >= 2, "server and example"

    assert first.end(signal.SIGINT) == 0, first.log_tail()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert not accepts_connections(port)
    assert "Traceback" not in first.log_tail(400)

    second = start_run()
    said = wait_until_said(second, "Ctrl-C ends everything")
    assert first_login(tmp_path) == login
    assert httpx.get(url, headers=headers, timeout=REQUEST_SECONDS).json()["version"] == 1
    assert login["password"] not in said
    assert login["agent_key"] not in said
    assert second.end(signal.SIGTERM) == 0, second.log_tail()


def test_a_busy_port_gets_a_sentence(start_run: StartRun, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        process = start_run()
        wait_for(
            lambda: not process.is_running, timeout_seconds=FIRST_STEPS_SECONDS, what="its end"
        )
    assert process.exit_code == 1
    assert f"Port {port} cannot be used" in process.log_tail()
    assert f"PORT={port + 1}" in process.log_tail()
    assert "Traceback" not in process.log_tail()
