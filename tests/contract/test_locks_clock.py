"""§4: a lock's expiry is judged by the database's clock, whatever an instance's own says."""

import json
from datetime import datetime

import httpx
import pytest

from tests.contract.conftest import Create, Place
from tests.contract.leases import acquire, listed, wish
from tests.rig.database import query
from tests.rig.environment import run_python
from tests.rig.server import Server

INSTANCES = """
import json, sys
from datetime import UTC, datetime, timedelta
import django, time_machine
django.setup()
from state.domain.commands import Command, Patch
from state.domain.errors import LightningError
from state.domain.kinds import Kind
from state.locks import leases
from state.locks.wish import Wish
from state.service.writing import write

def outcome(call, *arguments):
    try:
        call(*arguments)
    except LightningError as refusal:
        return refusal.code
    return "done"

def all_calls(lease):
    state, token = (Kind.AGENT, lease["id"]), lease["token"]
    return {
        "listed": len(leases.list_held(*state, 0, 9)),
        "write": outcome(write, Command(*state, Patch({}))),
        "holder's write": outcome(write, Command(*state, Patch({}), lock_token=token)),
        "renew": outcome(leases.renew, lease["lockId"], token, 60),
        "acquire": outcome(leases.acquire, Wish(*state, "another", 60)),
    }

told = []
for lease, hours in zip(json.loads(sys.argv[1]), (2, -2)):
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
        told.append(all_calls(lease))
print(json.dumps(told))
"""


def test_an_instance_whose_clock_is_wrong_judges_like_the_others(
    client: httpx.Client, server: Server, create: Create, place: Place
) -> None:
    """By a clock two hours fast what is held has long ended; by one two hours slow nothing has."""
    if place.backend_name == "sqlite":
        pytest.skip("an SQLite file has the clock of its instance's machine")
    held, ended = create("agents"), create("agents")
    leases = [acquire(client, path, ttlSeconds=600) for path in (held, ended)]
    for table, state_id, at in (
        ("state_agentstate", "id", "lock_expires_at"),
        ("state_lease", "state_id", "expires_at"),
    ):
        query(
            server.backend,
            f"update {table} set {at} = now() - interval '1 second' where {state_id} = %s",
            [wish(ended)["id"]],
        )
    environment = server.backend.environment()
    fast, slow = json.loads(
        run_python("-c", INSTANCES, json.dumps(leases), environment=environment)
    )
    assert fast == {
        "listed": 1,
        "write": "locked",
        "holder's write": "done",
        "renew": "done",
        "acquire": "lock_unavailable",
    }
    assert slow == {
        "listed": 0,
        "write": "done",
        "holder's write": "lock_lost",
        "renew": "lock_lost",
        "acquire": "done",
    }
    [[now]] = query(server.backend, "select now()")
    for path in (held, ended):  # renewed by the fast one, acquired by the slow one
        [lease] = listed(client, path)
        left = datetime.fromisoformat(lease["expiresAt"]) - now
        assert 0 < left.total_seconds() <= 60
