"""§12: what .NET writes is understood; what cannot be meant is refused."""

import json
from typing import Any

import pytest

from state.access.principals import Principal
from state.domain.commands import Patch, Precondition, Put, Untracked
from state.domain.errors import Forbidden, Invalid
from state.domain.kinds import Kind
from state.domain.shapes import told_of
from state.domain.tolerant import date, enum_member, known_members, state_of
from state.operations.wire.named import task_to_run
from state.protocol.call import Call
from state.protocol.verification import asked
from state.protocol.wire.commands import (
    set_agent_states,
    set_state,
    update_agent_status,
    update_research_progress,
)
from state.protocol.wire.tasks import status_told, submitted
from state.tasks.task import Submitted
from state.verl.calls.validate_reasoning import ReasoningStep, ValidateReasoningRequest
from state.verl.calls.verify_facts import VerifyFactsRequest

AGENT = {"agentId": "a", "agentType": "Researcher", "status": "Ready"}
STATUSES = Kind.AGENT.statuses


def call(body: Any = None, *, agent_id: str = "") -> Call:
    principal = Principal("key", "agent", agent_id)
    return Call("POST", "/api/tasks/submit", principal, body=json.dumps(body).encode())


@pytest.mark.parametrize("written", ["Processing", "processing", "PROCESSING", 2])
def test_an_enum_is_a_name_in_any_case_or_a_number(written: object) -> None:
    assert enum_member(written, STATUSES, "status") == "Processing"


@pytest.mark.parametrize("written", ["Processed", 6, -1, 2.0, True, "", None])
def test_no_other_enum_member_is_guessed(written: object) -> None:
    with pytest.raises(Invalid):
        enum_member(written, STATUSES, "status")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-16T10:00:00.1234567Z", "2026-01-16T10:00:00.1234567Z"),
        ("2026-01-16T10:00:00.1234567", "2026-01-16T10:00:00.1234567Z"),
        ("2026-01-16T10:00:00+02:00", "2026-01-16T08:00:00.000000Z"),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00.0000000+00:00", None),
    ],
)
def test_dates_are_read_as_dotnet_writes_them(written: str, read: str | None) -> None:
    assert date(written, "at") == read


@pytest.mark.parametrize("written", ["yesterday", "2026-13-01T00:00:00Z", 5, ""])
def test_other_dates_are_refused(written: object) -> None:
    with pytest.raises(Invalid):
        date(written, "at")


def test_members_are_known_in_any_case_and_the_exact_one_goes_first() -> None:
    given = {"AgentId": "b", "agentId": "a", "Nothing": 1, "STATUS": None}
    assert known_members(given, ("agentId", "status"), "") == {"agentId": "a"}
    assert known_members({"AgentId": "b"}, ("agentId",), "") == {"agentId": "b"}
    assert known_members(None, ("agentId",), "") == {}


def test_members_of_objects_in_a_list_are_known_in_any_case_too() -> None:
    body = {"Steps": [{"StepNumber": 1, "LOGIC": "so", "Conclusions": ["c"], "confidence": None}]}
    assert asked(call(body), ValidateReasoningRequest).steps == [
        ReasoningStep(step_number=1, logic="so", conclusions=["c"])
    ]


def test_a_member_that_is_missing_in_a_call_that_judges_is_named() -> None:
    with pytest.raises(Invalid, match="source: is required"):
        asked(call({"facts": ["a"], "source": None}), VerifyFactsRequest)


def test_members_of_a_tasks_input_are_known_in_any_case_and_others_are_kept() -> None:
    task = Submitted("t", "a", "GetAgentState", {"AgentID": "a", "Other": 1})
    named = task_to_run(task)
    assert named is not None
    assert named[1].input == {"AgentID": "a", "agentId": "a", "Other": 1}
    assert task_to_run(Submitted("t", "a", "Anything")) is None


def test_an_empty_id_says_nothing_to_a_merge_and_a_wrong_type_is_refused() -> None:
    told = {"sourceId": "", "content": "", "issues": []}
    assert told_of(Kind.VERIFICATION, "v", told) == {"content": "", "issues": []}
    with pytest.raises(Invalid, match="issues"):
        told_of(Kind.VERIFICATION, "v", {"issues": ""})


def test_a_research_is_read_with_its_older_facts() -> None:
    state_id, fields, version = state_of(
        Kind.RESEARCH,
        {
            "researchId": "r",
            "query": "why",
            "status": 1,
            "startedAt": "0001-01-01T00:00:00",
            "completedAt": None,
            "lastUpdated": "2026-01-16T10:00:00.1234567Z",
            "unheardOf": {"a": 1},
            "extractedFacts": [
                {
                    "id": "",
                    "content": "c",
                    "sourceUrl": "u",
                    "confidence": 85,
                    "verificationStatus": "verified",
                    "extractedAt": "0001-01-01T00:00:00",
                    "relevance": 1,
                }
            ],
        },
    )
    assert (state_id, version) == ("r", None)
    assert fields == {
        "query": "why",
        "status": "InProgress",
        "extractedFacts": [
            {
                "content": "c",
                "source": "u",
                "confidenceScore": 85,
                "verificationStatus": "Verified",
            }
        ],
    }


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {"agentType": "x", "status": "Ready"},
        {**AGENT, "agentId": "bad id"},
        {**AGENT, "agentId": 5},
        {**AGENT, "version": "5"},
        {**AGENT, "version": -1},
        {**AGENT, "version": True},
        {**AGENT, "status": "Sleeping"},
    ],
)
def test_what_is_no_state_is_refused(state: object) -> None:
    with pytest.raises(Invalid):
        state_of(Kind.AGENT, state)


def test_a_tracked_version_replaces_the_one_before() -> None:
    [command] = set_state(call(), Kind.AGENT, {"state": {**AGENT, "version": 8}})
    assert isinstance(command.action, Put)
    assert command.precondition == Precondition(versions=(7,))
    [command] = set_state(call(), Kind.AGENT, {"state": {**AGENT, "version": 1}})
    assert command.precondition == Precondition(create_only=True)


@pytest.mark.parametrize("version", [{}, {"version": 0}, {"version": None}])
def test_no_version_merges(version: dict[str, object]) -> None:
    [command] = set_state(call(), Kind.AGENT, {"state": {**AGENT, **version}})
    assert isinstance(command.action, Untracked)
    assert command.precondition == Precondition()


def test_many_states_go_by_their_keys() -> None:
    states = {"a": AGENT, "b": {"agentType": "x", "status": 1}}
    commands = set_agent_states(call(), {"states": states})
    assert [command.state_id for command in commands] == ["a", "b"]
    with pytest.raises(Invalid):
        set_agent_states(call(), {"states": {"other": AGENT}})


def test_updates_say_what_they_change() -> None:
    [status] = update_agent_status(call(), {"agentId": "a", "status": "paused"})
    assert (status.action, status.precondition) == (Patch({"status": "Paused"}), Precondition())
    versioned = {"agentId": "a", "status": "paused", "version": 8}
    [status] = update_agent_status(call(), versioned)
    assert status.precondition == Precondition(versions=(7,))
    progress = {"researchId": "r", "iterationCount": 3, "qualityScore": 0.85}
    [command] = update_research_progress(call(), progress)
    assert command.action == Untracked({"iterationCount": 3, "currentQualityScore": 0.85})
    assert command.precondition.any_version


def test_a_bound_key_writes_its_own_agent_only() -> None:
    bound = call(agent_id="a")
    assert set_state(bound, Kind.AGENT, {"state": AGENT})
    with pytest.raises(Forbidden):
        set_state(bound, Kind.AGENT, {"state": {**AGENT, "agentId": "b"}})
    with pytest.raises(Forbidden):
        update_agent_status(bound, {"agentId": "b", "status": "Ready"})


def test_a_lock_token_comes_with_the_input() -> None:
    [command] = set_state(call(), Kind.AGENT, {"state": AGENT, "lockToken": "t"})
    assert command.lock_token == "t"


def test_a_task_is_read_with_what_it_leaves_out() -> None:
    body = {"agentId": "a", "task": {"id": None, "name": "Dig", "input": None, "priority": 2.0}}
    task = submitted(call(body))
    assert task.id
    assert (task.name, task.input, task.priority) == ("Dig", {}, 2)
    named = {"id": "t", "name": "Dig", "submittedAt": "2026-01-16T10:00:00.1234567Z"}
    task = submitted(call({"agentId": "a", "task": named}))
    assert (task.id, task.submitted_at) == ("t", "2026-01-16T10:00:00.1234567Z")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-01-16T10:00:00Z", "2026-01-16T10:00:00.0000000Z"),
        ("2026-01-16T10:00:00.12Z", "2026-01-16T10:00:00.1200000Z"),
        ("2026-01-16T12:00:00.1234567+02:00", "2026-01-16T10:00:00.1234560Z"),
    ],
)
def test_a_tasks_time_is_of_one_length_so_that_it_sorts(sent: str, kept: str) -> None:
    named = {"id": "t", "name": "Dig", "submittedAt": sent}
    assert submitted(call({"agentId": "a", "task": named})).submitted_at == kept


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"agentId": "a", "task": {}},
        {"agentId": "a", "task": {"name": 5}},
        {"agentId": "a", "task": {"name": "x", "id": "bad id"}},
        {"agentId": "a", "task": {"name": "x", "priority": "high"}},
        {"agentId": "a", "task": {"name": "x", "input": []}},
        {"agentId": "a", "task": {"name": "x", "submittedAt": "soon"}},
        {"agentId": "bad id", "task": {"name": "x"}},
        {"task": {"name": "x"}},
    ],
)
def test_what_is_no_task_is_refused(body: object) -> None:
    with pytest.raises(Invalid):
        submitted(call(body))


def test_a_status_is_read_with_its_result() -> None:
    assert status_told(call({"status": 2})) == ("InProgress", {"completed_at": None})
    assert status_told(call({"status": 4}))[1]["completed_at"] is not None
    status, told = status_told(
        call({"status": "completed", "result": {"a": 1}, "completedAt": "2026-01-01T00:00:00Z"})
    )
    assert status == "Completed"
    assert told == {"result": '{"a":1}', "completed_at": "2026-01-01T00:00:00.0000000Z"}
    with pytest.raises(Invalid):
        status_told(call({"status": "Cancelled"}))
