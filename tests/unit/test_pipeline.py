"""Content verifiers are asked beside the writes: each in its own time, none for the others."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from state.domain.commands import Command, Delete, Put, Submission
from state.domain.current import Current
from state.domain.errors import VerifierUnavailable
from state.domain.kinds import Kind
from state.domain.verdict import Verdict
from state.runtime.background import loops
from state.verl import pipeline as asking
from state.verl.pipeline import Pipeline

Say = Callable[[dict[str, Any]], Any]
SOON_SECONDS = 20.0


class Saying:
    """Answers with what a function returns or raises."""

    name = "saying"

    def __init__(self, say: Say) -> None:
        self._say = say

    def verify(self, kind: Kind, old: dict[str, Any] | None, new: dict[str, Any]) -> Verdict:
        verdict: Verdict = self._say(new)
        return verdict


class Awaiting(Saying):
    async def verify(  # type: ignore[override]
        self, kind: Kind, old: dict[str, Any] | None, new: dict[str, Any]
    ) -> Verdict:
        if new["status"] == "Paused":
            await asyncio.Event().wait()
        verdict: Verdict = self._say(new)
        return verdict


@pytest.fixture(autouse=True)
def bases(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[Kind, str], Current]:
    """What is stored: nothing, unless a test says otherwise."""
    stored: dict[tuple[Kind, str], Current] = {}
    monkeypatch.setattr(asking, "read_bases", lambda _: stored)
    return stored


def put(state_id: str = "a", status: str = "Ready") -> Command:
    content: dict[str, Any] = {"agentType": "Demo", "status": status, "properties": {}}
    content |= {"activeTaskIds": [], "performanceMetrics": {}}
    return Command(Kind.AGENT, state_id, Put(content))


def asked(*says: Say, commands: tuple[Command, ...] = (), timeout: float = 20.0) -> list[Command]:
    verifiers = [Saying(say) for say in says]
    return verified(Pipeline(verifiers, timeout), *(commands or (put(),)))


def verified(pipeline: Pipeline, *commands: Command) -> list[Command]:
    return list(pipeline.verified_soon(Submission(commands)).result(SOON_SECONDS).commands)


def raising(error: BaseException) -> Say:
    def say(_: dict[str, Any]) -> Any:
        raise error

    return say


def test_the_verdict_goes_with_the_command_and_names_its_base() -> None:
    [command] = asked(lambda _: Verdict(True, 0.9), lambda _: Verdict(True, 0.7, ("status: hm",)))
    assert command.verified is not None
    assert command.verified.base_version == 0
    assert command.verified.verdict == Verdict(True, 0.7, ("status: hm",))
    assert command.verified.is_complete


@pytest.mark.parametrize(
    "say",
    [
        raising(ConnectionError("refused")),
        raising(TimeoutError()),
        raising(ValueError("odd")),
        lambda _: None,
        lambda _: Verdict(True, "sure"),  # type: ignore[arg-type]
    ],
)
def test_a_verifier_without_a_verdict_is_unavailable(
    say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    [command] = asked(say, lambda _: Verdict(True, 0.9))
    assert command.verified is not None
    assert not command.verified.is_complete
    assert command.verified.verdict.confidence == 0.9
    assert "Saying failed" in caplog.text


def test_one_that_says_it_is_unavailable_is_not_logged_as_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    [command] = asked(raising(VerifierUnavailable()))
    assert command.verified is not None
    assert not command.verified.is_complete
    assert not caplog.text


def test_a_slow_one_delays_its_own_write_alone() -> None:
    go_on = threading.Event()

    def say(new: dict[str, Any]) -> Verdict:
        if new["status"] == "Paused":
            go_on.wait(SOON_SECONDS)
        return Verdict(True, 1.0)

    pipeline = Pipeline([Saying(say)], SOON_SECONDS)
    slow = pipeline.verified_soon(Submission([put(status="Paused")]))
    for _ in range(100):
        [command] = verified(pipeline, put("b"))
        assert command.verified is not None
        assert command.verified.is_complete
    assert not slow.done()
    go_on.set()
    assert slow.result(SOON_SECONDS).commands[0].verified is not None


@pytest.mark.parametrize("kind_of_verifier", [Saying, Awaiting])
def test_who_takes_too_long_is_unavailable(
    kind_of_verifier: type[Saying], caplog: pytest.LogCaptureFixture
) -> None:
    go_on = threading.Event()

    def say(new: dict[str, Any]) -> Verdict:
        go_on.wait(SOON_SECONDS)
        return Verdict(True, 1.0)

    pipeline = Pipeline([kind_of_verifier(say)], 0.01)
    [command] = verified(pipeline, put(status="Paused"))
    go_on.set()
    assert command.verified is not None
    assert not command.verified.is_complete
    assert "did not answer in time" in caplog.text


def test_a_verdict_of_the_version_that_is_still_there_is_not_asked_for_again() -> None:
    questions: list[dict[str, Any]] = []

    def say(new: dict[str, Any]) -> Verdict:
        questions.append(new)
        return Verdict(True, 1.0)

    pipeline = Pipeline([Saying(say)], SOON_SECONDS)
    [once] = verified(pipeline, put())
    [twice] = verified(pipeline, once)
    assert twice.verified == once.verified
    assert len(questions) == 1


def test_a_deletion_asks_nobody() -> None:
    [command] = asked(raising(AssertionError()), commands=(Command(Kind.AGENT, "a", Delete()),))
    assert command.verified is None


def test_the_loop_of_the_verifiers_is_one_that_health_names() -> None:
    asked(lambda new: Verdict(True, 1.0), commands=(put(),))
    assert loops.checks()["verifiers"] == "ok"
