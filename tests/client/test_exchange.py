"""Attempts, pauses, budget, deadline, breaker, several servers: without a network."""

from typing import Any

import pytest
from lightning_client import (
    CircuitOpen,
    CircuitState,
    Invalid,
    OperationTimeout,
    Overloaded,
    Policy,
    UnexpectedAnswer,
    Unreachable,
    VersionConflict,
)
from lightning_client.core.call import Call, nothing, read, write

from tests.client.stage import Outcome, Stage, answer, no_answer, problem

PATIENT = {"retries": 100, "budget_reserve": 1000.0, "deadline_seconds": 1e6}


def put() -> Call[None]:
    return write("PUT", "/api/v1/agents/a", nothing, body={"status": "Ready"})


def carry_out(stage: Stage, call: Call[Any] | None = None) -> Any:
    return stage.play(stage.exchange.carry_out(call or put()))


# --- Trying again -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        no_answer(),
        answer(502),
        problem(503, "overloaded"),
        problem(503, "database_unavailable"),
        problem(504, "timeout", outcome="unknown"),
        problem(429, "rate_limited"),
        problem(409, "idempotency_in_flight"),
    ],
    ids=lambda outcome: str(getattr(outcome, "status", "no answer")),
)
def test_a_write_is_tried_again_under_the_same_key(trouble: Outcome) -> None:
    stage = Stage(trouble, trouble, answer())
    carry_out(stage)
    keys = [sent.headers["Idempotency-Key"] for sent in stage.sent]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    carry_out(stage)
    assert stage.sent[-1].headers["Idempotency-Key"] != keys[0], "another call has another key"


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (problem(412, "version_conflict", currentVersion=7), VersionConflict),
        (problem(422, "invalid", errors=[]), Invalid),
        (problem(409, "illegal_transition"), Exception),
        (problem(500, "internal"), Exception),
    ],
)
def test_a_refusal_is_not_tried_again(refusal: Outcome, error: type[Exception]) -> None:
    stage = Stage(refusal)
    with pytest.raises(error):
        carry_out(stage)
    assert len(stage.sent) == 1


def test_the_last_trouble_is_what_is_raised() -> None:
    with pytest.raises(Unreachable, match="connection refused"):
        carry_out(Stage(no_answer()))
    with pytest.raises(Overloaded):
        carry_out(Stage(no_answer(), problem(503, "overloaded")))
    with pytest.raises(OperationTimeout) as timeout:
        carry_out(Stage(problem(504, "timeout", outcome="unknown")))
    assert timeout.value.outcome_unknown
    with pytest.raises(UnexpectedAnswer, match="Bad Gateway"):
        carry_out(Stage(answer(502, "<h1>Bad Gateway</h1>")))


@pytest.mark.parametrize(
    ("strategy", "retries"),
    [("HighPerformance", 2), ("Balanced", 3), ("LowResource", 5), ("CostOptimized", 4)],
)
def test_a_strategy_has_the_contracts_retries(strategy: Any, retries: int) -> None:
    stage = Stage(no_answer(), retries=Policy.of(strategy).retries, breaker_failures=99)
    with pytest.raises(Unreachable):
        carry_out(stage)
    assert len(stage.sent) == retries + 1


def test_pauses_are_jittered_between_the_bounds() -> None:
    stage = Stage(
        no_answer(), **{**PATIENT, "retries": 60}, breaker_failures=99, longest_pause_seconds=2.0
    )
    with pytest.raises(Unreachable):
        carry_out(stage)
    assert all(0.1 <= pause <= 2.0 for pause in stage.pauses)
    for before, pause in zip(stage.pauses, stage.pauses[1:], strict=False):
        assert pause <= before * 3
    assert len(set(stage.pauses)) > 20, "no two clients pause alike"


def test_retry_after_is_honoured() -> None:
    stage = Stage(answer(503, {"code": "overloaded"}, retry_after="7"), answer())
    carry_out(stage)
    assert stage.pauses[0] >= 7


def test_a_call_ends_at_its_deadline() -> None:
    stage = Stage(no_answer(), **{**PATIENT, "deadline_seconds": 10.0}, breaker_failures=10**6)
    stage.answer_takes_seconds = 1.0
    with pytest.raises(Unreachable):
        carry_out(stage)
    assert stage.now <= 1000.0 + 10.0 + 1.0
    assert all(sent.timeout_seconds <= 10.0 for sent in stage.sent)


def test_what_the_server_may_wait_comes_on_top() -> None:
    stage = Stage(answer(), deadline_seconds=5.0, attempt_seconds=2.0)
    carry_out(stage, write("POST", "/api/v1/locks", nothing, waits_seconds=60.0))
    assert stage.sent[0].timeout_seconds == 62.0


def test_retries_are_a_bounded_share_of_the_calls() -> None:
    stage = Stage(
        no_answer(), budget_ratio=0.1, budget_reserve=5.0, retries=3, breaker_failures=10**6
    )
    for _ in range(200):
        with pytest.raises(Unreachable):
            carry_out(stage)
    retries = len(stage.sent) - 200
    assert 5 <= retries <= 5 + 200 * 0.1


# --- The breaker --------------------------------------------------------------------------------


def circuit(stage: Stage) -> CircuitState:
    return stage.exchange.endpoints.circuits["http://one"]


def test_the_breaker_opens_probes_and_closes() -> None:
    stage = Stage(no_answer(), retries=0, breaker_failures=3, breaker_open_seconds=5.0)
    for _ in range(3):
        assert circuit(stage) == "closed"
        with pytest.raises(Unreachable):
            carry_out(stage)
    assert circuit(stage) == "open"
    with pytest.raises(CircuitOpen) as told:
        carry_out(stage)
    assert 0 < told.value.retry_in_seconds <= 5.0
    assert len(stage.sent) == 3, "an open breaker sends nothing"
    stage.now += 5.0
    assert circuit(stage) == "half_open"
    with pytest.raises(Unreachable):
        carry_out(stage)
    assert circuit(stage) == "open", "one failed probe opens it again"
    stage.now += 5.0
    stage.script(answer())
    carry_out(stage)
    assert circuit(stage) == "closed"


def test_one_probe_goes_at_a_time() -> None:
    stage = Stage(no_answer(), retries=0, breaker_failures=1)
    with pytest.raises(Unreachable):
        carry_out(stage)
    stage.now += 5.0
    probe = stage.exchange.carry_out(put())
    next(probe)
    with pytest.raises(CircuitOpen):
        carry_out(stage)
    probe.close()
    assert circuit(stage) == "half_open"
    stage.script(answer())
    carry_out(stage)
    assert circuit(stage) == "closed", "a probe that was given up makes room for another"


def test_refusals_and_conflicts_are_no_failures() -> None:
    refusals = [problem(412, "version_conflict"), problem(404, "not_found"), problem(429, "x")]
    stage = Stage(*refusals, problem(503, "verifier_unavailable"), retries=0, breaker_failures=1)
    for _ in range(6):
        with pytest.raises(Exception, match="no"):
            carry_out(stage)
    assert circuit(stage) == "closed"


def test_a_call_under_way_waits_for_the_probe() -> None:
    stage = Stage(no_answer(), no_answer(), answer(), breaker_failures=2, breaker_open_seconds=3.0)
    carry_out(stage)
    assert len(stage.sent) == 3
    assert sum(stage.pauses) >= 3.0


# --- Several servers ----------------------------------------------------------------------------

BOTH = ("http://one", "http://two")


def test_the_next_server_is_asked_at_once_when_one_is_away() -> None:
    stage = Stage(urls=BOTH)
    stage.decide = lambda send: no_answer() if send.base_url == "http://one" else answer()
    carry_out(stage)
    assert [sent.base_url for sent in stage.sent] == ["http://one", "http://two"]
    assert stage.pauses == [0.0]
    carry_out(stage)
    assert stage.sent[-1].base_url == "http://two", "it stays with the one that answers"


def test_reads_pass_the_caches_after_a_move() -> None:
    stage = Stage(urls=BOTH)
    stage.decide = lambda send: no_answer() if send.base_url == "http://one" else answer()
    call = read("/api/v1/agents/a", nothing)
    carry_out(stage, call)
    assert stage.sent[-1].headers["Cache-Control"] == "no-cache"
    stage.now += 10.0
    carry_out(stage, call)
    assert "Cache-Control" not in stage.sent[-1].headers


def test_it_goes_round_when_all_are_away() -> None:
    stage = Stage(no_answer(), urls=BOTH, retries=3, breaker_failures=99)
    with pytest.raises(Unreachable, match="http://one, http://two"):
        carry_out(stage)
    assert [sent.base_url for sent in stage.sent] == [*BOTH, *BOTH]
    assert stage.pauses[0] == 0.0
    assert all(pause > 0 for pause in stage.pauses[1:]), "no server is asked twice without a pause"
