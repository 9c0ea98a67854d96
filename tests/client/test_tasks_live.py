"""Queued tasks: submitted over the Lightning wire, worked off by the client."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from lightning_client import Lightning, NotFound

from tests.rig.environment import REPOSITORY
from tests.rig.server import Server


@pytest.fixture
def queue(client: httpx.Client, new_id: Callable[[str], str]) -> tuple[str, Callable[..., str]]:
    """An agent that takes tasks, and what submits one to it over the wire."""
    agent_id = new_id("worker")
    named = {"agentId": agent_id, "agentType": "Worker", "clientId": "c", "capabilities": {}}
    assert client.post("/api/agents/register", json=named).is_success

    def submit(name: str, priority: int = 0) -> str:
        task = {"id": new_id(name), "name": name, "input": {"of": name}, "priority": priority}
        answer = client.post("/api/tasks/submit", json={"agentId": agent_id, "task": task})
        assert answer.json()["status"] == "Submitted"
        return str(task["id"])

    return agent_id, submit


def open_tasks(client: httpx.Client, agent_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/agents/{agent_id}/tasks/pending").json()
    return found


def test_they_come_by_priority_and_are_acknowledged(
    lightning: Lightning, client: httpx.Client, queue: tuple[str, Callable[..., str]]
) -> None:
    agent_id, submit = queue
    for name, priority in (("read", 0), ("write", 0), ("alarm", 9)):
        submit(name, priority)
    seen = []
    for task in lightning.tasks(agent_id, wait=False):
        seen.append((task.name, task.input, task.priority))
        under_way = next(one["id"] for one in open_tasks(client, agent_id))
        assert under_way == task.id
        if task.name == "read":
            task.fail("there is nothing to read")
        else:
            task.result = {"did": task.name}
    assert seen == [
        ("alarm", {"of": "alarm"}, 9),
        ("read", {"of": "read"}, 0),
        ("write", {"of": "write"}, 0),
    ]
    assert open_tasks(client, agent_id) == []
    with pytest.raises(NotFound):
        next(iter(lightning.tasks(f"{agent_id}-unknown")))


WORKER = """
import sys, time
from lightning_client import Lightning
with Lightning(sys.argv[1], sys.argv[2]) as lightning:
    for task in lightning.tasks(sys.argv[3]):
        print(task.id, flush=True)
        time.sleep(600)
"""


def test_a_task_whose_worker_was_killed_stays_open_and_comes_again(
    server: Server,
    lightning: Lightning,
    client: httpx.Client,
    queue: tuple[str, Callable[..., str]],
) -> None:
    agent_id, submit = queue
    first, second = submit("first"), submit("second")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, server.url, server.backend.keys["agent"], agent_id],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "client" / "src")},
    )
    assert worker.stdout is not None
    try:
        assert worker.stdout.readline().strip() == first
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
    left = {one["id"]: one["status"] for one in open_tasks(client, agent_id)}
    assert left == {first: "InProgress", second: "Submitted"}
    taken = [task.id for task in lightning.tasks(agent_id, wait=False)]
    assert taken == [first, second]
    assert open_tasks(client, agent_id) == []
