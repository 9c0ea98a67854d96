"""Tasks of the Lightning wire against the calls of /api/v1 that do the same."""

import itertools
import json
from collections.abc import Iterator, Mapping

from bench.figures import Row, at_most
from bench.rounds import Effort, Run, Subject, in_turn
from bench.scenarios.doors import fast_door, load
from bench.stand import Stand
from bench.states import agent_body
from bench.wrk import Load

CONNECTIONS = 64
GET, GET_TASK, PUT, SET_TASK = "GET", "GetAgentState", "PUT with a key", "SetAgentState"
_STEPS_A_RUN = 1_000_000  # ids of tasks are theirs for good


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """What a task costs in processor, on the same agents and in the same rounds."""
    door = fast_door(stand)
    firsts = itertools.count(0, _STEPS_A_RUN)
    state = json.loads(agent_body().replace("@", "1"))

    def writing(script: str, body: str) -> Run:
        def run(seconds: float) -> Load:
            first = next(firsts)
            return load(
                door,
                script,
                seconds,
                connections=CONNECTIONS,
                role="agent",
                body=body,
                first=first,
            )

        return run

    def get(seconds: float) -> Load:
        return load(door, "get", seconds, connections=CONNECTIONS, role="agent")

    asked, told = {"agentId": "agent-#"}, {"state": {**state, "agentId": "agent-#"}}
    runs = {
        GET: get,
        GET_TASK: writing("submit", _task(GET_TASK, asked)),
        PUT: writing("keyed", agent_body()),
        SET_TASK: writing("submit", _task(SET_TASK, told)),
    }
    series = in_turn(stand, effort, [Subject(name, door, run) for name, run in runs.items()])
    for task, call, limit in ((GET_TASK, GET, 2), (SET_TASK, PUT, 1.5)):
        name = f"{task} task, {CONNECTIONS} connections"
        yield Row(f"{name}: processor", series[task].cpu, call, series[call].cpu, at_most(limit))
        yield Row(name, series[task].per_second, call, series[call].per_second)


def _task(name: str, given: Mapping[str, object]) -> str:
    """A submission as the client writes it, indented."""
    task = {
        "id": "bench-@",
        "name": name,
        "description": "",
        "input": given,
        "status": "Submitted",
        "priority": 0,
        "submittedAt": "2026-01-16T10:00:00.1234567Z",
        "verificationRequired": False,
    }
    return json.dumps({"agentId": "bench", "task": task}, indent=2)
