"""Clients that wait for locks."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx

from tests.contract.bodies import Body
from tests.contract.leases import LOCKS, wish
from tests.contract.raw_http import connected, head
from tests.rig.database import count_waiters
from tests.rig.server import Server
from tests.rig.waiting import wait_for

ANSWER_SECONDS = 70.0  # a wait lasts 60 at most

Waiting = Future[tuple[httpx.Response, float]]
"""The answer, and the monotonic time it came."""


class Waiters:
    """Clients that wait for locks, each in a thread and on a connection of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(16)
        self.clients: list[httpx.Client] = []

    def ask(
        self,
        server: Server,
        path: str,
        owner: str,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> Waiting:
        """Asks for a lock, by itself without a wait."""
        client = server.client_as("agent")
        self.clients.append(client)
        body = wish(path, owner, **members)

        def post() -> tuple[httpx.Response, float]:
            answer = client.post(LOCKS, json=body, headers=headers, timeout=ANSWER_SECONDS)
            return answer, time.monotonic()

        return self._threads.submit(post)

    def wait(
        self,
        server: Server,
        path: str,
        owner: str,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> Waiting:
        """Starts to wait and returns when the place in the queue is taken."""
        state_id = wish(path)["id"]
        before = count_waiters(server.backend, state_id)
        members = {"waitSeconds": 30, "ttlSeconds": 60, **members}
        future = self.ask(server, path, owner, headers, **members)
        wait_for(
            lambda: future.done() or count_waiters(server.backend, state_id) > before,
            what=f"{owner} waiting",
        )
        return future

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self._threads.shutdown(cancel_futures=True)


def lease_of(waiting: Waiting) -> Body:
    """What the waiter got, in the end."""
    answer, _ = waiting.result(40)
    assert answer.status_code == 201, answer.text
    lease: Body = answer.json()
    return lease


@contextmanager
def asking(server: Server, path: str, owner: str, **members: Any) -> Iterator[None]:
    """Somebody asks for a lock, and goes at the end of the block without waiting for the answer."""
    body = json.dumps(wish(path, owner, **members)).encode()
    headers = [
        ("Authorization", f"Bearer {server.backend.keys['agent']}"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ]
    with connected(server) as connection:
        connection.sendall(head("POST", LOCKS, headers) + body)
        yield
