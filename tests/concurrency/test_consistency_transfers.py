"""§3: money moved between two accounts in opposite orders: no deadlock, no torn sum."""

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from tests.concurrency.crowd import all_at_once
from tests.patience import Stint
from tests.rig.server import Server

BATCH_SET = "/api/v1/agents/batch-set"
BATCH_GET = "/api/v1/agents/batch-get"
NO_CACHE = {"Cache-Control": "no-cache"}
WRITERS = 8
READERS = 3
SUM = 200
# So much is done in the end, on a slow machine in more time than was asked for.
LEAST_TRANSFERS_A_SECOND = 4
LEAST_READS_A_SECOND = 8


def balances(client: httpx.Client, ids: list[str]) -> dict[str, Any]:
    """The accounts as one snapshot, from the database."""
    answer = client.post(BATCH_GET, json={"ids": ids}, headers=NO_CACHE)
    assert answer.status_code == 200, answer.text
    items: dict[str, Any] = answer.json()["items"]
    return items


def total(items: dict[str, Any]) -> int:
    return sum(state["properties"]["balance"] for state in items.values())


class Run:
    """Moves money and watches the sum until the time is up and enough was done."""

    def __init__(self, seconds: int) -> None:
        self.transfers = self.reads = 0
        self._least = (LEAST_TRANSFERS_A_SECOND * seconds, LEAST_READS_A_SECOND * seconds)
        self._stint = Stint(seconds, self.has_done_enough)
        self._lock = threading.Lock()

    def has_done_enough(self) -> bool:
        least_transfers, least_reads = self._least
        return self.transfers >= least_transfers and self.reads >= least_reads

    def transfer(self, client: httpx.Client, ids: list[str], seed: int) -> None:
        """Moves money again and again, the accounts always in the same order."""
        chance = random.Random(seed)
        while self._stint.goes_on():
            states = balances(client, ids)
            amount = chance.randint(-9, 9)
            items = [
                {
                    "id": one,
                    "patch": {
                        "properties": {"balance": states[one]["properties"]["balance"] + step}
                    },
                    "ifMatch": states[one]["version"],
                }
                for one, step in zip(ids, (amount, -amount), strict=True)
            ]
            answer = client.post(BATCH_SET, json={"items": items, "atomic": True})
            assert answer.status_code in {200, 409}, answer.text
            if answer.status_code == 409:
                statuses = {one["status"] for one in answer.json()["results"]}
                assert statuses <= {412, 424}, answer.text
            with self._lock:
                self.transfers += answer.status_code == 200

    def watch_the_sum(self, client: httpx.Client, ids: list[str]) -> None:
        """Reads both accounts again and again: the sum is always right."""
        while self._stint.goes_on():
            items = balances(client, ids)
            assert total(items) == SUM, f"torn: {items}"
            with self._lock:
                self.reads += 1


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=pytest.mark.soak)])
def test_two_accounts_in_opposite_orders(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str], seconds: int
) -> None:
    ids = [new_id("account") for _ in range(2)]
    body = {"agentType": "Account", "status": "Ready", "properties": {"balance": SUM // 2}}
    teller = two_servers[0].client_as("agent")
    items = [{"id": one, "state": body} for one in ids]
    assert teller.post(BATCH_SET, json={"items": items}).json()["succeeded"] == 2
    clients = [two_servers[n % 2].client_as("agent") for n in range(WRITERS + READERS)]
    run = Run(seconds)
    all_at_once(
        [
            *(
                partial(run.transfer, clients[n], ids if n // 2 % 2 else ids[::-1], n)
                for n in range(WRITERS)
            ),
            *(partial(run.watch_the_sum, client, ids) for client in clients[WRITERS:]),
        ]
    )
    done = f"{run.transfers} transfers and {run.reads} reads of both accounts"
    print(done)
    assert run.has_done_enough(), f"too little, and it proves nothing: {done}"
    end = balances(teller, ids)
    assert total(end) == SUM
    assert {state["version"] for state in end.values()} == {1 + run.transfers}
    for server in two_servers:
        assert "deadlock" not in server.log_tail(500).lower()
