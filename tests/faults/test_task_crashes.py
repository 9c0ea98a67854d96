"""§12: a task is done once, whatever moment its server dies at: it and its write land together.

Tasks of every sort are under way when it dies; a death costs seconds.
"""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import BACKEND_TOPOLOGY
from tests.contract.bodies import READY
from tests.contract.csharp import (
    CSharp,
    Json,
    agent_state,
    research_state,
    submission,
    written,
)
from tests.contract.raw_http import connected, head
from tests.faults.conftest import Armed
from tests.faults.failpoints import Failpoints
from tests.rig.backends import Backends
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

NewId = Callable[[str], str]


@dataclass(frozen=True)
class Work:
    """A task, and how its effect looks when it was done once."""

    name: str
    given: Json
    effect: Callable[[CSharp], object]
    once: object
    task_id: str

    def submit(self, client: CSharp) -> httpx.Response:
        return client.submit(self.name, self.task_id, self.given)


@pytest.fixture(scope="module")
def armed_pair(backends: Backends, backend_name: str) -> Iterator[tuple[Armed, Armed]]:
    """Without a content verifier: writes that arrive one by one come to the store in that order."""
    backend = backends.fresh(BACKEND_TOPOLOGY[backend_name])
    points = Failpoints(backend.directory / "failpoints")
    here = Server(backend, backend.directory, **points.settings)
    there = Server(backend, backend.directory)
    with running(here, there):
        yield Armed(here, points), Armed(there, points)


def history(client: CSharp, path: str) -> list[int]:
    return [one["version"] for one in client.get(f"/api/v1/{path}/history")["items"]]


def set_one(client: CSharp, new_id: NewId) -> Work:
    agent_id = new_id("agent")
    client.run("SetAgentState", {"state": agent_state(agent_id, 1)}, new_id("task"))
    given = {"state": agent_state(agent_id, 2, status="Paused")}
    path = f"agents/{agent_id}"
    return Work("SetAgentState", given, lambda to: history(to, path), [2, 1], new_id("task"))


def progress(client: CSharp, new_id: NewId) -> Work:
    research_id = new_id("research")
    client.run("SetResearchState", {"state": research_state(research_id)}, new_id("task"))
    given = {"researchId": research_id, "iterationCount": 3, "qualityScore": 0.85}
    path = f"research/{research_id}"
    return Work(
        "UpdateResearchProgress", given, lambda to: history(to, path), [2, 1], new_id("task")
    )


def set_many(client: CSharp, new_id: NewId) -> Work:
    ids = [new_id("agent") for _ in range(3)]

    def versions(to: CSharp) -> list[list[int]]:
        return [history(to, f"agents/{one}") for one in ids]

    given = {"states": {one: agent_state(one, 0) for one in ids}}
    return Work("SetMultipleAgentStates", given, versions, [[1]] * 3, new_id("task"))


def queue(client: CSharp, new_id: NewId) -> Work:
    client.run("SetAgentState", {"state": agent_state("manager", 0)}, new_id("task"))
    name = new_id("Dig")

    def queued(to: CSharp) -> int:
        tasks = to.get("/api/agents/manager/tasks/pending")
        return sum(task["name"] == name for task in tasks)

    return Work(name, {"where": "here"}, queued, 1, new_id("task"))


def lock(client: CSharp, new_id: NewId) -> Work:
    agent_id = new_id("agent")

    def fencing_tokens(to: CSharp) -> list[int]:
        held = to.get(f"/api/v1/locks?kind=agent&id={agent_id}")["items"]
        return [one["fencingToken"] for one in held]

    given = {"agentId": agent_id, "ttlSeconds": 600}
    return Work("AcquireLock", given, fencing_tokens, [1], new_id("task"))


def send(server: Server, work: Work) -> socket.socket:
    """Sends a task, all of it, and does not wait for the answer."""
    body = written(submission(work.name, work.task_id, work.given))
    headers = [
        ("X-Api-Key", server.backend.keys["operator"]),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ]
    connection = connected(server)
    connection.sendall(head("POST", "/api/tasks/submit", headers) + body)
    return connection


def is_there_no_answer(connection: socket.socket) -> bool:
    with connection:
        try:
            return not connection.recv(1)
        except ConnectionError:
            return True


@pytest.mark.parametrize(
    ("moment", "of_the_lock"),
    [
        ("store.begin", "locks.granted"),
        ("store.decided", None),
        ("store.committed", "locks.decided"),
    ],
)
def test_tasks_are_done_once_whenever_their_server_dies(
    here: Armed,
    there: Armed,
    threads: ThreadPoolExecutor,
    new_id: NewId,
    moment: str,
    of_the_lock: str | None,
) -> None:
    other, points = CSharp(there.client()), here.failpoints
    works = [prepare(other, new_id) for prepare in (set_one, progress, set_many, queue)]
    locking = lock(other, new_id)
    # While a first write is held up, the tasks come together behind it, in one transaction.
    points.arm("store.begin", "pause")
    first = threads.submit(here.client().put, f"/api/v1/agents/{new_id('first')}", json=READY)
    points.wait_until_hit("store.begin")
    under_way = [send(here.server, work) for work in works]
    assert here.client().get("/health/live").status_code == 200  # read after them
    points.arm("store.begin", "pause")
    points.release("store.begin")
    assert first.result(20).status_code == 201
    points.wait_until_hit("store.begin")
    if of_the_lock is None:
        points.arm(moment, "crash")
        points.release("store.begin")
    else:
        if moment != "store.begin":
            points.arm(moment, "pause")
            points.release("store.begin")
            points.wait_until_hit(moment)
        points.arm(of_the_lock, "crash")
        under_way.append(send(here.server, locking))
        works.append(locking)
    assert all(is_there_no_answer(connection) for connection in under_way)
    wait_for(lambda: not here.server.process.is_running, what="the crash")
    answers = [work.submit(other) for work in works]
    assert [answer.status_code for answer in answers] == [200] * len(works)
    for name in ("store.begin", moment, of_the_lock or moment):
        points.disarm(name)
    here.revive()
    revived = CSharp(here.client())
    for work, answer in zip(works, answers, strict=True):
        assert work.submit(revived).json() == answer.json()
        assert work.effect(other) == work.once, work.name


def test_a_task_that_meets_itself_on_the_other_instance_is_done_once(
    here: Armed, there: Armed, threads: ThreadPoolExecutor, new_id: NewId
) -> None:
    one, other = CSharp(here.client()), CSharp(there.client())
    for prepare in (set_one, queue):
        work = prepare(other, new_id)
        with here.failpoints.paused("store.decided"):
            first = threads.submit(work.submit, one)
            here.failpoints.wait_until_hit("store.decided")
            second = threads.submit(work.submit, other)
            wait([second], timeout=0.5)
            assert not second.done(), second.result().text
        assert first.result(20).status_code == 200, first.result().text
        assert second.result(20).json() == first.result().json()
        assert work.effect(other) == work.once
