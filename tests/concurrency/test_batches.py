"""§3: batches that overlap in opposite order neither deadlock nor tear."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from tests.concurrency.crowd import all_at_once
from tests.rig.server import Server

ACCOUNTS = 6
TRANSFERS = 25
BATCH_SET = "/api/v1/agents/batch-set"
BATCH_GET = "/api/v1/agents/batch-get"
FRESH = {"Cache-Control": "no-cache"}


def balances(client: httpx.Client, ids: list[str]) -> dict[str, Any]:
    """The accounts as one snapshot."""
    answer = client.post(BATCH_GET, json={"ids": ids}, headers=FRESH)
    items: dict[str, Any] = answer.json()["items"]
    return items


def total(client: httpx.Client, ids: list[str]) -> int:
    """The money there is."""
    states = balances(client, ids).values()
    return sum(state["properties"]["balance"] for state in states)


def transfers(client: httpx.Client, ids: list[str], seed: int) -> int:
    """Moves money between two accounts, in either order; how often it was accepted."""
    chance = random.Random(seed)
    accepted = 0
    for _ in range(TRANSFERS):
        pair = chance.sample(ids, 2)
        states = balances(client, pair)
        amount = chance.randint(1, 9)
        items = [
            {
                "id": one,
                "patch": {"properties": {"balance": states[one]["properties"]["balance"] + step}},
                "ifMatch": states[one]["version"],
            }
            for one, step in zip(pair, (amount, -amount), strict=True)
        ]
        answer = client.post(BATCH_SET, json={"items": items, "atomic": True})
        assert answer.status_code in {200, 409}, answer.text
        if answer.status_code == 409:
            statuses = {one["status"] for one in answer.json()["results"]}
            assert statuses <= {412, 424}, answer.text
        accepted += answer.status_code == 200
    return accepted


def test_transfers_in_opposite_orders_keep_the_sum(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    clients = [two_servers[number % 2].client_as("agent") for number in range(10)]
    ids = [new_id("account") for _ in range(ACCOUNTS)]
    body = {"agentType": "Account", "status": "Ready", "properties": {"balance": 100}}
    items = [{"id": one, "state": body} for one in ids]
    assert clients[0].post(BATCH_SET, json={"items": items}).json()["succeeded"] == ACCOUNTS

    def reads(client: httpx.Client) -> int:
        for _ in range(TRANSFERS):
            assert total(client, ids) == 100 * ACCOUNTS
        return 0

    workers = [
        *(partial(transfers, client, ids, seed) for seed, client in enumerate(clients[:8])),
        *(partial(reads, client) for client in clients[8:]),
    ]
    accepted = sum(all_at_once(workers))
    assert accepted >= TRANSFERS, "too few transfers were accepted for the test to say anything"
    assert total(clients[0], ids) == 100 * ACCOUNTS
    versions = sum(state["version"] for state in balances(clients[0], ids).values())
    assert versions == ACCOUNTS + 2 * accepted
