"""Random histories of a few agents: every answer is the one that the model gives."""

import copy
import uuid
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.contract.leases import acquire, release
from tests.property.model import LEGAL, Agent, Answer, Condition, State
from tests.rig.server import Server

NAMES = ("one", "two", "three")
NO_CACHE = {"Cache-Control": "no-cache"}
SERVERS_OWN = {"createdAt", "lastUpdated", "version", "agentId"}

names = st.sampled_from(NAMES)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)
properties = st.dictionaries(st.sampled_from("abcd"), json_values, max_size=4)
statuses = st.sampled_from(sorted(LEGAL))
contents = st.fixed_dictionaries(
    {"agentType": st.sampled_from(["Researcher", "Master"]), "status": statuses},
    optional={
        "properties": properties,
        "activeTaskIds": st.lists(st.sampled_from(["t1", "t2"]), max_size=2),
        "performanceMetrics": st.dictionaries(st.sampled_from("xy"), st.integers(-9, 9)),
    },
)
patches = st.fixed_dictionaries(
    {},
    optional={
        "status": statuses,
        "properties": properties | st.none(),
        "activeTaskIds": st.lists(st.sampled_from(["t1", "t2"]), max_size=2) | st.none(),
    },
)
# How far a named version is from the current one: mostly right, sometimes stale or ahead. What is
# right for an id that is not live is to create it.
conditions = st.sampled_from(["=", "=", "=", "=", "none", "any", "create", "-1", "+1"])
tokens = st.sampled_from(["held", "held", "held", "held", "held", "none", "wrong"])


class AgentsMachine(RuleBasedStateMachine):
    """Calls one server; subclasses are given it as ``writer`` and the instance to read from."""

    writer: httpx.Client
    reader: httpx.Client
    changes: list[int]

    @initialize()
    def begin(self) -> None:
        self.prefix = uuid.uuid4().hex[:12]
        self.agents = {name: Agent() for name in NAMES}
        self.leases: dict[str, Any] = {}
        self.cursor: str = self.writer.get("/api/v1/events").json()["cursor"]
        self.seen = dict.fromkeys(NAMES, 0)
        for name in NAMES[1:]:  # a history that never creates anything would prove nothing
            self.put(name, {"agentType": "Master", "status": "Ready"}, "create", "none")

    # --- Writes ---------------------------------------------------------------------------------

    @rule(name=names, content=contents, condition=conditions, token=tokens)
    def put(self, name: str, content: State, condition: str, token: str) -> None:
        asked, headers, held = self._asked(name, condition, token, may_create=True)
        answer = self.writer.put(self._path(name), json=content, headers=headers)
        self._check(answer, self.agents[name].put(copy.deepcopy(content), asked, held))

    @rule(name=names, patch=patches, condition=conditions, token=tokens)
    def patch(self, name: str, patch: State, condition: str, token: str) -> None:
        asked, headers, held = self._asked(name, condition, token)
        answer = self.writer.patch(self._path(name), json=patch, headers=headers)
        self._check(answer, self.agents[name].patch(copy.deepcopy(patch), asked, held))

    @rule(name=names, condition=conditions, token=tokens)
    def delete(self, name: str, condition: str, token: str) -> None:
        asked, headers, held = self._asked(name, condition, token)
        answer = self.writer.delete(self._path(name), headers=headers)
        self._check(answer, self.agents[name].delete(asked, held))

    @rule(name=names, version=st.integers(1, 12), condition=conditions, token=tokens)
    def restore(self, name: str, version: int, condition: str, token: str) -> None:
        asked, headers, held = self._asked(name, condition, token, may_create=True)
        answer = self.writer.post(
            f"{self._path(name)}/restore", json={"version": version}, headers=headers
        )
        self._check(answer, self.agents[name].restore(version, asked, held))

    @rule(name=names, content=contents, condition=conditions)
    def retried_put(self, name: str, content: State, condition: str) -> None:
        """The same Idempotency-Key twice: a success is replayed, a refusal judged anew."""
        asked, headers, _ = self._asked(name, condition, "none", may_create=True)
        headers["Idempotency-Key"] = uuid.uuid4().hex
        first = self.writer.put(self._path(name), json=content, headers=headers)
        self._check(first, self.agents[name].put(copy.deepcopy(content), asked, None))
        again = self.writer.put(self._path(name), json=content, headers=headers)
        assert again.status_code == first.status_code
        if first.is_success:
            assert again.headers["Idempotency-Replayed"] == "true"
            assert again.json() == first.json()

    @rule(
        items=st.lists(st.tuples(names, patches, conditions), unique_by=lambda item: item[0]),
        atomic=st.booleans(),
    )
    def batch_set(self, items: list[tuple[str, State, str]], atomic: bool) -> None:
        sent, expected = [], []
        trial = copy.deepcopy(self.agents)
        for name, patch, condition in items:
            asked, _, held = self._asked(name, condition, "held")
            item: dict[str, Any] = {"id": self._id(name), "patch": patch}
            if held is not None:
                item["lockToken"] = held
            if asked.names_version:
                item["ifMatch"] = "*" if asked.any_version else asked.version
            sent.append(item)
            expected.append(trial[name].patch(copy.deepcopy(patch), asked, held))
        answer = self.writer.post(
            "/api/v1/agents/batch-set", json={"items": sent, "atomic": atomic}
        )
        fails = any(one.status >= 300 for one in expected)
        if atomic and fails:
            assert answer.status_code == 409, answer.text
            expected = [one if one.status >= 300 else Answer(424) for one in expected]
        else:
            assert answer.status_code == 200, answer.text
            self.agents = trial
        statuses_told = [result["status"] for result in answer.json()["results"]]
        assert statuses_told == [one.status for one in expected], answer.text

    # --- Locks ----------------------------------------------------------------------------------

    @precondition(lambda self: len(self.leases) < len(NAMES))
    @rule(data=st.data())
    def lock(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(set(NAMES) - self.leases.keys())))
        lease = acquire(self.writer, self._path(name), ttlSeconds=3600)
        self.leases[name], self.agents[name].lock = lease, lease["token"]

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def unlock(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.leases)))
        release(self.writer, self.leases.pop(name))
        self.agents[name].lock = None

    # --- Reads ----------------------------------------------------------------------------------

    @rule(name=names)
    def read_own_write(self, name: str) -> None:
        self._compare(self.writer.get(self._path(name)), name)

    @rule(name=names)
    def read_elsewhere(self, name: str) -> None:
        self._compare(self.reader.get(self._path(name), headers=NO_CACHE), name)

    @rule(name=names, version=st.integers(1, 12))
    def read_version(self, name: str, version: int) -> None:
        answer = self.writer.get(self._path(name), params={"version": version})
        versions = self.agents[name].versions
        state = versions[version - 1] if version <= len(versions) else None
        if state is None:
            assert answer.status_code == 404
        else:
            assert content_of(answer.json()) == state
            assert answer.json()["version"] == version

    @rule()
    def read_many(self) -> None:
        ids = [self._id(name) for name in NAMES]
        body = self.reader.post(
            "/api/v1/agents/batch-get", json={"ids": ids}, headers=NO_CACHE
        ).json()
        live = {self._id(name): agent.live for name, agent in self.agents.items() if agent.live}
        assert {one: content_of(state) for one, state in body["items"].items()} == live
        assert set(body["missing"]) == set(ids) - live.keys()

    @rule()
    def list_them(self) -> None:
        items = self.writer.get("/api/v1/agents", params={"q": self.prefix}).json()["items"]
        live = {self._id(name): agent.live for name, agent in self.agents.items() if agent.live}
        assert {one["agentId"]: content_of(one) for one in items} == live

    @rule(name=names)
    def read_history(self, name: str) -> None:
        answer = self.writer.get(f"{self._path(name)}/history", params={"limit": 500})
        agent = self.agents[name]
        if not agent.versions:
            assert answer.status_code == 404
            return
        items = answer.json()["items"]
        assert [item["version"] for item in items] == list(range(agent.version, 0, -1))
        deleted = {item["version"] for item in items if item["changeType"] == "Deleted"}
        assert deleted == {n for n, state in enumerate(agent.versions, 1) if state is None}

    @invariant()
    def watch(self) -> None:
        """The events since the last look are the versions made since, each once, in order."""
        made = sum(self.agents[name].version - self.seen[name] for name in NAMES)
        ids = ",".join(self._id(name) for name in NAMES)
        while made:
            page = self.reader.get(
                "/api/v1/events", params={"after": self.cursor, "ids": ids, "wait": 10}
            ).json()
            assert page["events"], f"{made} events are missing"
            for event in page["events"]:
                name = event["id"].rpartition("-")[2]
                assert event["version"] == self.seen[name] + 1
                self.seen[name] += 1
                made -= 1
            self.cursor = page["cursor"]

    # --- Between the model and the API ------------------------------------------------------------

    def _id(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def _path(self, name: str) -> str:
        return f"/api/v1/agents/{self._id(name)}"

    def _asked(
        self, name: str, condition: str, token: str, *, may_create: bool = False
    ) -> tuple[Condition, dict[str, str], str | None]:
        """A precondition, the headers that say it, and the lock token sent."""
        version = self.agents[name].version
        if may_create and condition == "=" and self.agents[name].live is None:
            condition = "create"
        elif not may_create and condition == "create":
            condition = "none"
        asked = {
            "none": Condition(),
            "any": Condition(any_version=True),
            "create": Condition(create_only=True),
            "=": Condition(version=version),
            "-1": Condition(version=max(version - 1, 0)),
            "+1": Condition(version=version + 1),
        }[condition]
        held = {"none": None, "wrong": "wrong"}.get(token)
        if token == "held" and name in self.leases:
            held = self.leases[name]["token"]
        headers = asked.headers | ({"Lock-Token": held} if held is not None else {})
        return asked, headers, held

    def _check(self, answer: httpx.Response, expected: Answer) -> None:
        assert answer.status_code == expected.status, answer.text
        if expected.code:
            assert answer.json()["code"] == expected.code

    def _compare(self, answer: httpx.Response, name: str) -> None:
        agent = self.agents[name]
        if agent.live is None:
            assert answer.status_code == 404
            return
        assert content_of(answer.json()) == agent.live
        assert answer.json()["version"] == agent.version

    def teardown(self) -> None:
        self.changes.append(sum(agent.version for agent in self.agents.values()))
        for lease in self.leases.values():
            release(self.writer, lease)


def content_of(state: State) -> State:
    return {name: value for name, value in state.items() if name not in SERVERS_OWN}


def check(servers: tuple[Server, Server], examples: int, steps: int) -> None:
    writes, reads = servers[0].client_as("operator"), servers[1].client_as("viewer")

    class Machine(AgentsMachine):
        writer, reader = writes, reads
        changes = []

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{sum(Machine.changes)} versions in {len(Machine.changes)} histories")
    assert sum(Machine.changes) >= examples * steps // 10, "too few changes to prove anything"


def test_the_api_answers_as_its_model(two_servers: tuple[Server, Server]) -> None:
    check(two_servers, examples=20, steps=40)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_the_api_answers_as_its_model_for_long(two_servers: tuple[Server, Server]) -> None:
    check(two_servers, examples=200, steps=50)
