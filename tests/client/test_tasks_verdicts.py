"""Tasks and verdicts: what is sent and how answers are read, against answers of the contract."""

import json
from typing import Any

import pytest
from lightning_client import Fact, Lightning
from lightning_client.core.call import Answer, Call
from lightning_client.core.calls import tasks, verl
from lightning_client.core.effects import Send
from lightning_client.core.tasking import next_task
from lightning_client.drivers.blocking import BlockingDriver

from tests.client.stage import Stage, answer


def body_of(stage: Stage) -> Any:
    body = stage.sent[-1].call.body
    assert body is not None
    return json.loads(body)


def ask(call: Call[Any], members: Any) -> tuple[Stage, Any]:
    stage = Stage(answer(200, members))
    return stage, stage.play(stage.exchange.carry_out(call))


WHEN = "2026-01-01T00:00:00Z"


def test_a_result_is_judged() -> None:
    members = {"taskId": "t", "isValid": False, "confidence": 0.2, "issues": ["empty"]}
    stage, verdict = ask(verl.verify("t", "", None), {**members, "verifiedAt": WHEN})
    assert (stage.sent[0].call.method, stage.sent[0].call.path) == ("POST", "/api/verl/verify")
    assert body_of(stage) == {"taskId": "t", "result": ""}
    assert (verdict.is_valid, verdict.issues) == (False, ["empty"])


def test_facts_are_compared_with_a_source() -> None:
    evidence = {"text": "A lease expires.", "start": 0, "end": 16}
    one = {
        "fact": "A lease expires.",
        "verdict": "supported",
        "confidence": 0.9,
        "support": 1.0,
        "evidence": evidence,
        "reasons": ["the same words"],
    }
    other = {**one, "verdict": "unknown", "evidence": None}
    members = {
        "verifiedCount": 1,
        "totalCount": 2,
        "unreliableFacts": ["B"],
        "verificationScore": 0.5,
        "verdicts": [one, other],
    }
    facts = ["A lease expires.", Fact(content="B", confidence_score=0.5)]
    stage, verdict = ask(verl.verify_facts(facts, "A lease expires."), members)
    assert body_of(stage)["facts"] == ["A lease expires.", "B"]
    assert (verdict.verified_count, verdict.verdicts[0].evidence.end) == (1, 16)
    assert verdict.verdicts[1].evidence is None


def test_statements_that_disagree_are_named() -> None:
    pair = {"first": 0, "second": 1, "reason": "different status"}
    members = {"isConsistent": False, "score": 0.0, "contradictions": ["c"], "pairs": [pair]}
    stage, verdict = ask(verl.check_consistency(iter(["a", "b"])), members)
    assert body_of(stage) == {"statements": ["a", "b"]}
    assert (verdict.is_consistent, verdict.pairs[0].second) == (False, 1)


def test_reasoning_and_confidence_are_read() -> None:
    members = {"isValid": True, "score": 1.0, "errors": [], "warnings": ["w"], "validatedAt": WHEN}
    stage, verdict = ask(verl.validate_reasoning([{"stepNumber": 1}]), members)
    assert body_of(stage) == {"steps": [{"stepNumber": 1}]}
    assert (verdict.is_valid, verdict.warnings) == (True, ["w"])
    confidence = {"score": 0.7, "factors": {"evidence": 0.9}, "reasoning": "because"}
    _, answered = ask(verl.evaluate_confidence("text", ""), confidence)
    assert (answered.score, answered.factors) == (0.7, {"evidence": 0.9})


# --- Tasks --------------------------------------------------------------------------------------


def task(task_id: str, status: str = "Submitted") -> dict[str, Any]:
    return {"id": task_id, "name": "Search", "input": {"q": "why"}, "status": status, "more": 1}


@pytest.mark.parametrize("stored", ['{"a":1}', None])
def test_a_task_is_submitted_under_an_id_that_stays(stored: str | None) -> None:
    call = tasks.submit("a 1", "Search", {"q": "why"}, priority=3)
    stage, outcome = ask(call, {"taskId": "t", "status": "Submitted", "result": stored})
    sent = body_of(stage)
    assert (sent["agentId"], sent["task"]["priority"], len(sent["task"]["id"])) == ("a 1", 3, 32)
    assert outcome.result == ({"a": 1} if stored else None)


def test_the_next_task_is_taken_and_others_verdicts_are_left_alone() -> None:
    stage = Stage(
        answer(200, [task("t0", "VerificationRequired"), task("t1")]), answer(200, {"x": 1})
    )
    taken = stage.play(next_task(stage.exchange, "a/1", 1.0, wait=True))
    assert (taken.id, taken.input) == ("t1", {"q": "why"})
    assert [(sent.call.method, sent.call.path) for sent in stage.sent] == [
        ("GET", "/api/agents/a%2F1/tasks/pending"),
        ("PUT", "/api/tasks/t1/status"),
    ]
    assert body_of(stage) == {"status": "InProgress"}


def test_it_waits_for_a_task_or_ends() -> None:
    stage = Stage(
        answer(200, []), answer(200, []), answer(200, [task("t1")]), answer(200, {"x": 1})
    )
    assert stage.play(next_task(stage.exchange, "a", 2.0, wait=False)) is None
    assert stage.play(next_task(stage.exchange, "a", 2.0, wait=True)).id == "t1"
    assert stage.pauses == [2.0]


def test_an_acknowledgement_carries_the_result_as_json() -> None:
    stage, _ = ask(tasks.set_status("t1", "Completed", {"answer": 42}), {"success": True})
    sent = body_of(stage)
    assert (sent["status"], json.loads(sent["result"])) == ("Completed", {"answer": 42})
    assert sent["completedAt"].endswith("Z")


# --- The loop over tasks, with a client whose server is a script ---------------------------------


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> tuple[Any, list[tuple[str, str]]]:
    """A client, and the statuses it told: a queue of two tasks in memory."""
    statuses = {"t1": "Submitted", "t2": "Submitted"}
    told: list[tuple[str, str]] = []

    def send(_: BlockingDriver, effect: Send) -> Any:
        if effect.call.method == "GET":
            open_tasks = [task(one, at) for one, at in statuses.items() if at != "Completed"]
            return Answer(200, {}, json.dumps(open_tasks).encode())
        task_id = effect.call.path.split("/")[3]
        status = json.loads(effect.call.body or b"")["status"]
        statuses[task_id] = status
        told.append((task_id, status))
        return answer(200, {"success": True})

    monkeypatch.setattr(BlockingDriver, "_send", send)
    return Lightning("http://one"), told


def test_a_task_is_acknowledged_when_the_next_one_is_asked_for(worker: Any) -> None:
    lightning, told = worker
    for one in lightning.tasks("a", wait=False):
        one.result = {"did": one.id}
    assert told == [
        ("t1", "InProgress"),
        ("t1", "Completed"),
        ("t2", "InProgress"),
        ("t2", "Completed"),
    ]


def test_who_leaves_in_the_middle_leaves_the_task_open(worker: Any) -> None:
    lightning, told = worker

    def work() -> None:
        for _ in lightning.tasks("a", wait=False):
            raise RuntimeError("broke down")

    with pytest.raises(RuntimeError):
        work()
    assert told == [("t1", "InProgress")]
    first = next(iter(lightning.tasks("a", wait=False)))
    assert first.id == "t1", "it comes again"
    first.fail("cannot be done")
    assert told[-1] == ("t1", "Failed")
