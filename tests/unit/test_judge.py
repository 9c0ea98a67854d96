"""What becomes of the verdict that a command brings with it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from state.domain.commands import Command, Delete, Precondition, Put, Restore
from state.domain.current import Current
from state.domain.decide import decide
from state.domain.errors import VerificationRejected, VerifierUnavailable
from state.domain.judge import Rules, Unverified, VerdictRule, content_to_verify
from state.domain.kinds import Kind
from state.domain.verdict import ACCEPTED, Verdict, Verified

ANY = Precondition(any_version=True)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
READY: dict[str, Any] = {
    "agentType": "Demo",
    "status": "Ready",
    "properties": {},
    "activeTaskIds": [],
    "performanceMetrics": {},
}


def judged(verified: Verified | None, **policy: Any) -> None:
    command = Command(Kind.AGENT, "a", Put(READY), verified=verified)
    decide(Current(), command, Rules(content=VerdictRule(**policy)), NOW)


def test_a_verdict_of_the_version_it_meets_lets_a_command_pass() -> None:
    judged(Verified(0, Verdict(True, 0.8)))


@pytest.mark.parametrize("verified", [None, Verified(1, ACCEPTED)])
def test_without_a_verdict_of_that_version_the_command_goes_round_again(
    verified: Verified | None,
) -> None:
    with pytest.raises(Unverified):
        judged(verified)


@pytest.mark.parametrize("verdict", [Verdict(True, 0.79), Verdict(False, 1.0, ("status: no",))])
def test_a_verdict_that_says_no_rejects(verdict: Verdict) -> None:
    with pytest.raises(VerificationRejected) as rejected:
        judged(Verified(0, verdict))
    assert rejected.value.data["confidence"] == verdict.confidence
    assert rejected.value.data["issues"] == list(verdict.issues)


def test_an_incomplete_verdict_is_none_or_let_through() -> None:
    incomplete = Verified(0, ACCEPTED, is_complete=False)
    with pytest.raises(VerifierUnavailable):
        judged(incomplete)
    judged(incomplete, lets_through_unverified=True)
    with pytest.raises(VerificationRejected):
        judged(Verified(0, Verdict(True, 0.1), is_complete=False), lets_through_unverified=True)


def test_verifiers_are_asked_about_what_the_command_makes_of_the_state() -> None:
    stored = {**READY, "agentId": "a", "createdAt": "", "lastUpdated": "", "version": 3}
    current = Current(3, True, stored, NOW, NOW)
    forced = Command(
        Kind.AGENT, "a", Put({**READY, "status": "Paused"}), precondition=ANY, reason="r"
    )
    found = content_to_verify(decide, current, forced, Rules(), NOW)
    assert found is not None
    assert (found[0], found[1]["status"]) == (stored, "Paused")


@pytest.mark.parametrize("action", [Delete(), Restore(1)])
def test_they_are_not_asked_where_no_content_comes(action: Delete | Restore) -> None:
    command = Command(Kind.AGENT, "a", action)
    assert content_to_verify(decide, Current(), command, Rules(), NOW) is None


def test_they_are_not_asked_about_what_another_rule_refuses() -> None:
    command = Command(Kind.AGENT, "a", Put(READY), precondition=ANY)
    assert content_to_verify(decide, Current(), command, Rules(), NOW) is None


@pytest.mark.parametrize(
    ("said", "counted"), [(-3.0, 0.0), (0.5, 0.5), (7, 1.0), (float("inf"), 1.0)]
)
def test_a_confidence_is_brought_between_0_and_1(said: float, counted: float) -> None:
    assert Verdict(True, said).confidence == counted


def test_a_confidence_that_is_no_number_is_none() -> None:
    assert Verdict(True, float("nan")).confidence == 0.0
