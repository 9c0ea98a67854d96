"""What becomes of a content verifier's verdict, or of its failure to give one."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from state.domain.errors import VerificationRejected, VerifierUnavailable
from state.domain.judge import Rules, judge
from state.domain.kinds import Kind
from state.domain.verdict import Verdict

READY: dict[str, Any] = {"agentType": "Demo", "status": "Ready"}


class Saying:
    """Answers with what a function returns or raises."""

    name = "saying"

    def __init__(self, say: Callable[[], Any]) -> None:
        self._say = say

    def verify(self, kind: Kind, old: dict[str, Any] | None, new: dict[str, Any]) -> Verdict:
        verdict: Verdict = self._say()
        return verdict


def judge_with(say: Callable[[], Any], **settings: bool) -> None:
    judge(Kind.AGENT, None, READY, [], Rules(verifiers=(Saying(say),), **settings))


def raising(error: BaseException) -> Callable[[], Any]:
    def say() -> Any:
        raise error

    return say


@pytest.mark.parametrize(
    "say",
    [
        raising(ConnectionError("refused")),
        raising(TimeoutError()),
        raising(ValueError("odd")),
        lambda: None,
        lambda: Verdict(True, "sure"),  # type: ignore[arg-type]
    ],
)
def test_a_verifier_without_a_verdict_is_unavailable(
    say: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(VerifierUnavailable):
        judge_with(say)
    assert "Saying failed" in caplog.text
    judge_with(say, lets_through_unverified=True)


def test_one_that_says_it_is_unavailable_is_not_logged_as_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(VerifierUnavailable):
        judge_with(raising(VerifierUnavailable()))
    assert not caplog.text


def test_the_end_of_the_process_is_not_the_verifier_s() -> None:
    with pytest.raises(KeyboardInterrupt):
        judge_with(raising(KeyboardInterrupt()), lets_through_unverified=True)


@pytest.mark.parametrize(
    ("said", "counted"), [(-3.0, 0.0), (0.5, 0.5), (7, 1.0), (float("inf"), 1.0)]
)
def test_a_confidence_is_brought_between_0_and_1(said: float, counted: float) -> None:
    assert Verdict(True, said).confidence == counted


def test_a_confidence_that_is_no_number_is_none() -> None:
    with pytest.raises(VerificationRejected) as rejected:
        judge_with(lambda: Verdict(True, float("nan")))
    assert rejected.value.data["confidence"] == 0.0
