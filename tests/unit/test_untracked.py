"""§12: the write of a client that tracks no versions merges and never erases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from state.domain.commands import Command, Precondition, Untracked
from state.domain.current import Current, apply_to_current
from state.domain.decide import decide
from state.domain.errors import IllegalTransition, Invalid
from state.domain.facts import normalise_facts
from state.domain.judge import Rules
from state.domain.kinds import Kind
from state.domain.shapes import told_of
from state.domain.untracked import merged, merged_fact, precondition_of

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
Json = dict[str, Any]


def told(current: Current, kind: Kind, body: Json, minutes: int = 0) -> Current:
    """The state after such a client has sent this object."""
    command = Command(kind, "x", Untracked(told_of(kind, "x", body)))
    change = decide(current, command, Rules(), NOW + timedelta(minutes=minutes))
    assert change is not None
    return apply_to_current(current, change)


def document(current: Current) -> Json:
    assert current.document is not None
    return current.document


def as_sent(status: str, **fields: Any) -> Json:
    """A research as the seed's client sends one: every field, most at its language's default."""
    absent = {
        "extractedFacts": [],
        "sources": [],
        "currentQualityScore": 0.0,
        "iterationCount": 0,
        "completedAt": None,
        "metadata": {},
    }
    began = {"startedAt": "2026-01-31T11:00:00Z"}
    return {"researchId": "x", "query": "why", "status": status, **began, **absent, **fields}


def test_the_seeds_master_workflow_ends_with_its_progress() -> None:
    """Seed, "Master Workflow with State Management": the object it completes is a stale one."""
    state = told(Current(), Kind.RESEARCH, as_sent("Pending"))
    state = told(state, Kind.RESEARCH, as_sent("InProgress"))
    state = told(state, Kind.RESEARCH, {"iterationCount": 3, "currentQualityScore": 0.85})
    completed_at = "2026-01-31T12:30:00Z"
    state = told(state, Kind.RESEARCH, as_sent("Completed", completedAt=completed_at))
    stored = document(state)
    assert stored["version"] == 4
    assert (stored["status"], stored["completedAt"]) == ("Completed", completed_at)
    assert (stored["iterationCount"], stored["currentQualityScore"]) == (3, 0.85)


def test_it_creates_with_defaults() -> None:
    stored = document(told(Current(), Kind.AGENT, {"agentType": "Master", "status": "Ready"}))
    assert (stored["version"], stored["properties"]) == (1, {})
    stored = document(told(Current(), Kind.RESEARCH, as_sent("Completed")))
    assert stored["completedAt"] == "2026-01-31T12:00:00.000000Z"


def test_a_creation_needs_what_is_required() -> None:
    with pytest.raises(Invalid, match="agentType: is required"):
        told(Current(), Kind.AGENT, {"status": "Ready"})


@pytest.mark.parametrize(
    ("kind", "stored", "sent", "after"),
    [
        (Kind.AGENT, {"agentType": "Master"}, {"agentType": ""}, {"agentType": "Master"}),
        (Kind.AGENT, {"agentType": "Master"}, {"agentType": "Lead"}, {"agentType": "Lead"}),
        (Kind.AGENT, {"activeTaskIds": ["t"]}, {"activeTaskIds": []}, {"activeTaskIds": ["t"]}),
        (Kind.AGENT, {"activeTaskIds": ["t"]}, {"activeTaskIds": ["u"]}, {"activeTaskIds": ["u"]}),
        (
            Kind.AGENT,
            {"properties": {"a": 1, "b": {"c": "kept", "d": [1]}}},
            {"properties": {"a": 0, "b": {"c": "", "d": [], "e": None}, "f": False}},
            {"properties": {"a": 0, "b": {"c": "kept", "d": [1], "e": None}, "f": False}},
        ),
        (
            Kind.AGENT,
            {"performanceMetrics": {"accuracy": 0.9, "speed": 3}},
            {"performanceMetrics": {"accuracy": 0, "speed": 2, "tasks": 0}},
            {"performanceMetrics": {"accuracy": 0.9, "speed": 2, "tasks": 0}},
        ),
        (Kind.RESEARCH, {"iterationCount": 3}, {"iterationCount": 2}, {"iterationCount": 3}),
        (Kind.RESEARCH, {"iterationCount": 3}, {"iterationCount": 4}, {"iterationCount": 4}),
        (
            Kind.RESEARCH,
            {"currentQualityScore": 0.9},
            {"currentQualityScore": 0.2},
            {"currentQualityScore": 0.2},
        ),
        (Kind.RESEARCH, {"sources": ["a", "b"]}, {"sources": ["c", "a"]}, {"sources": list("abc")}),
        (Kind.RESEARCH, {"status": "Failed"}, {"status": "Pending"}, {"status": "Failed"}),
        (
            Kind.VERIFICATION,
            {"isVerified": True, "confidenceScore": 0.9, "issues": ["i"], "verifiedBy": "me"},
            {"isVerified": False, "confidenceScore": 0.0, "issues": [], "verifiedBy": ""},
            {"isVerified": True, "confidenceScore": 0.9, "issues": ["i"], "verifiedBy": "me"},
        ),
        (
            Kind.VERIFICATION,
            {"isVerified": True, "confidenceScore": 0.9},
            {"isVerified": False, "confidenceScore": 0.3},
            {"isVerified": False, "confidenceScore": 0.3},
        ),
    ],
)
def test_it_merges_and_never_erases(kind: Kind, stored: Json, sent: Json, after: Json) -> None:
    assert merged(kind, stored, sent) == after


def test_facts_are_united_by_id() -> None:
    first = as_sent("Pending", extractedFacts=[{"content": "one", "source": "s"}, {"content": "2"}])
    state = told(Current(), Kind.RESEARCH, first)
    again = as_sent(
        "Pending",
        extractedFacts=[
            {"content": "one", "source": "s", "confidence": 90, "isVerified": True},
            {"content": "three"},
        ],
    )
    state = told(state, Kind.RESEARCH, again, minutes=1)
    state = told(state, Kind.RESEARCH, first, minutes=2)
    rows = sorted(state.facts.values(), key=lambda stored: stored.position)
    facts = [stored.fact for stored in rows]
    assert [fact["content"] for fact in facts] == ["one", "2", "three"]
    assert (facts[0]["confidenceScore"], facts[0]["isVerified"]) == (0.9, True)
    assert facts[0]["extractedAt"] == "2026-01-31T12:00:00.000000Z"
    assert document(state)["factCount"] == 3


def test_a_fact_keeps_what_the_other_does_not_say() -> None:
    given = {"id": "f", "content": "one", "source": "s", "verificationStatus": "Disputed"}
    [stored], [sent] = normalise_facts([given]), normalise_facts([{"id": "f", "content": "one"}])
    assert merged_fact(stored, sent) == stored


def test_a_final_status_is_not_exchanged_for_the_other() -> None:
    state = told(Current(), Kind.RESEARCH, as_sent("Completed"))
    with pytest.raises(IllegalTransition):
        told(state, Kind.RESEARCH, {"status": "Failed"})


def test_what_the_kind_does_not_have_is_passed_over() -> None:
    body = {"agentType": "A", "status": "Ready", "clientId": 7, "properties": None}
    assert told_of(Kind.AGENT, "x", body) == {"agentType": "A", "status": "Ready"}


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        (None, None),
        (0, None),
        (1, Precondition(create_only=True)),
        (8, Precondition(versions=(7,))),
    ],
)
def test_a_sent_version_is_the_one_after_that_read(
    sent: int | None, asked: Precondition | None
) -> None:
    assert precondition_of(sent) == asked


def test_a_negative_version_is_none() -> None:
    with pytest.raises(Invalid):
        precondition_of(-1)
