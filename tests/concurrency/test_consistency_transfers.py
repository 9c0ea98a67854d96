"""§3: money moved between two accounts in opposite orders: no deadlock, no torn sum."""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from tests.concurrency.crowd import all_at_once
from tests.rig.server import Server

BATCH_SET = "/api/v1/agents/batch-set"
BATCH_GET = "/api/v1/agents/batch-get"
NO_CACHE = {"Cache-Control": "no-cache"}
WRITERS = 8
READERS = 3
SUM = 200
MIN_TRANSFERS_A_SECOND = 4
MIN_READS_A_SECOND = 8


def balances(client: httpx.Client, ids: list[str]) -> dict[str, Any]:
    """The accounts as one snapshot, from the database."""
    answer = client.post(BATCH_GET, json={"ids": ids}, headers=NO_CACHE)
    assert answer.status_code == 200, answer.text
    items: dict[str, Any] = answer.json()["items"]
    return items


def total(items: dict[str, Any]) -> int:
    return sum(state["properties"]["balance"] for state in items.values())


def transfer(client: httpx.Client, ids: list[str], ends_at: float, seed: int) -> int:
    """Moves money until the time is up, the accounts always in the same order; how often."""
    chance = random.Random(seed)
    done = 0
    while time.monotonic() < ends_at:
        states = balances(client, ids)
        amount = chance.randint(-9, 9)
        items = [
            {
                "id": one,
                "patch": {"properties": {"balance": states[one]["properties"]["balance"] + step}},
                "ifMatch": states[one]["version"],
            }
            for one, step in zip(ids, (amount, -amount), strict=True)
        ]
        answer = client.post(BATCH_SET, json={"items": items, "atomic": True})
        assert answer.status_code in {200, 409}, answer.text
        if answer.status_code == 409:
            assert {one["status"] for one in answer.json()["results"]} <= {412, 424}, answer.text
        done += answer.status_code == 200
    return done


def watch_the_sum(client: httpx.Client, ids: list[str], ends_at: float) -> int:
    """Reads both accounts until the time is up; how often the sum was right: always."""
    count = 0
    while time.monotonic() < ends_at:
        items = balances(client, ids)
        assert total(items) == SUM, f"torn: {items}"
        count += 1
    return count


@pytest.mark.parametrize(
    "seconds", [8, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(180)])]
)
def test_two_accounts_in_opposite_orders(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str], seconds: int
) -> None:
    ids = [new_id("account") for _ in range(2)]
    body = {"agentType": "Account", "status": "Ready", "properties": {"balance": SUM // 2}}
    teller = two_servers[0].client_as("agent")
    items = [{"id": one, "state": body} for one in ids]
    assert teller.post(BATCH_SET, json={"items": items}).json()["succeeded"] == 2
    clients = [two_servers[n % 2].client_as("agent") for n in range(WRITERS + READERS)]
    ends_at = time.monotonic() + seconds
    counts = all_at_once(
        [
            *(
                partial(transfer, clients[n], ids if n // 2 % 2 else ids[::-1], ends_at, n)
                for n in range(WRITERS)
            ),
            *(partial(watch_the_sum, client, ids, ends_at) for client in clients[WRITERS:]),
        ]
    )
    transfers, reads = sum(counts[:WRITERS]), sum(counts[WRITERS:])
    print(f"{transfers} transfers and {reads} reads of both accounts in {seconds} s")
    assert transfers >= MIN_TRANSFERS_A_SECOND * seconds
    assert reads >= MIN_READS_A_SECOND * seconds
    end = balances(teller, ids)
    assert total(end) == SUM
    assert {state["version"] for state in end.values()} == {1 + transfers}
    for server in two_servers:
        assert "deadlock" not in server.log_tail(500).lower()
