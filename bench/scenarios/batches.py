"""A batch of a hundred against a hundred single calls on one connection."""

import json
from collections.abc import Iterator

from bench.figures import Figure, Row, at_least
from bench.rounds import Effort, Subject, in_turn
from bench.scenarios.doors import fast_door, load
from bench.stand import Door, Stand
from bench.states import agent_body, agent_id
from bench.wrk import Load

BATCH = 100


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """States a second: one connection asks for them one by one, or a hundred at a time."""
    door = fast_door(stand)
    series = in_turn(
        stand,
        effort,
        [
            Subject("get", door, lambda s: load(door, "get", s, connections=1, role="viewer")),
            Subject("batch-get", door, lambda s: _batch(door, "batch-get", _ids(), "viewer", s)),
            Subject(
                "put",
                door,
                lambda s: load(
                    door, "overwrite", s, connections=1, role="agent", body=agent_body()
                ),
            ),
            Subject("batch-set", door, lambda s: _batch(door, "batch-set", _items(), "agent", s)),
        ],
    )
    for call, single, target in (("batch-get", "get", 15), ("batch-set", "put", 10)):
        states = Figure(
            tuple(BATCH * value for value in series[call].per_second.values), "states/s"
        )
        yield Row(
            f"{call} of {BATCH}, one connection",
            states,
            f"single {single.upper()}s",
            series[single].per_second,
            at_least(target),
        )


def _batch(door: Door, call: str, body: str, role: str, seconds: float) -> Load:
    return load(
        door,
        "call",
        seconds,
        connections=1,
        role=role,
        body=body,
        method="POST",
        path=f"/api/v1/agents/{call}",
    )


def _ids() -> str:
    return json.dumps({"ids": [agent_id(number) for number in range(1, BATCH + 1)]})


def _items() -> str:
    state = json.loads(agent_body().replace("@", "1"))
    items = [
        {"id": agent_id(number), "state": state, "ifMatch": "*"} for number in range(1, BATCH + 1)
    ]
    return json.dumps({"items": items})
