"""§10: what the forms of the Django admin take, and what they refuse."""

from typing import Any

import pytest
from django.forms import modelform_factory

from state.admin.forms import state_form
from state.admin.keys import ApiKeyForm
from state.domain.errors import LightningError
from state.domain.kinds import FACTS, Kind
from state.models import AgentState, ApiKey

ADDED: dict[Kind, dict[str, str]] = {
    Kind.AGENT: {"id": "a", "agentType": "Demo", "status": "Ready"},
    Kind.RESEARCH: {
        "id": "r",
        "query": "why",
        "status": "Pending",
        "currentQualityScore": "0",
        "iterationCount": "0",
    },
    Kind.VERIFICATION: {"id": "v", "sourceId": "s", "content": "c", "confidenceScore": "0"},
}


def errors_of(kind: Kind, state_id: str | None = None, **entered: str) -> str:
    """Everything the form of a kind says against these entries."""
    row = AgentState(id="a", version=1) if state_id else None
    given = {"version": "1", **ADDED[kind], **entered}
    form = state_form(kind)(given, state_id=state_id, row=row)
    if not form.is_valid():
        return str(form.errors)
    try:
        form.command("me")
    except LightningError as refusal:
        return refusal.detail
    return ""


@pytest.mark.parametrize("kind", list(Kind))
def test_there_is_a_field_for_every_field_of_a_kind(kind: Kind) -> None:
    form = state_form(kind)(state_id=None, row=None)
    assert set(kind.spec.fields) - {FACTS} <= set(form.fields)
    assert errors_of(kind) == ""


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("properties", "{", "This is not JSON"),
        ("properties", "[]", "object"),
        ("properties", '{"a": NaN}', "NaN is not JSON"),
        ("properties", '{"a": 1, "a": 2}', "same key twice"),
        ("properties", '{"a": "\\u0000"}', "NUL characters"),
        ("properties", '{"a":' * 100 + "1" + "}" * 100, "nested deeper"),
        ("activeTaskIds", "[1]", "[0]"),
        ("performanceMetrics", '{"speed": "fast"}', "expected"),
        ("agentType", "", "required"),
        ("agentType", "a" * 101, "at most 100"),
        ("agentType", "a\x00b", "Null characters"),
        ("status", "Sleeping", "Sleeping"),
        ("reason", "r" * 501, "at most 500"),
        ("id", "", "required"),
        ("id", "a b", "must be 1–200"),
        ("id", "ä", "must be 1–200"),
        ("id", "..", "must be 1–200"),
        ("id", "a" * 201, "must be 1–200"),
        ("id", "a/b", "must be 1–200"),
    ],
)
def test_a_wrong_field_is_an_error(field: str, text: str, message: str) -> None:
    assert message in errors_of(Kind.AGENT, **{field: text})


@pytest.mark.parametrize("text", ["yesterday", "2026-01-31", "2026-13-01T00:00:00Z"])
def test_a_wrong_time_is_an_error(text: str) -> None:
    assert "startedAt" in errors_of(Kind.RESEARCH, startedAt=text)


@pytest.mark.parametrize("score", ["1.1", "-0.1", "nan", "inf", "x", ""])
def test_a_score_is_between_0_and_1(score: str) -> None:
    assert "confidenceScore" in errors_of(Kind.VERIFICATION, confidenceScore=score)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"name": "two\nlines"},
        {"agent_id": "a b"},
        {"agent_id": "."},
        {"role": "king"},
        {"expiry_date": "9000-01-01 00:00:00"},
    ],
)
def test_it_makes_no_wrong_key(wrong: dict[str, Any]) -> None:
    fields = ("name", "role", "agent_id", "expiry_date")
    form = modelform_factory(ApiKey, form=ApiKeyForm, fields=fields)
    assert form({"name": "right", "role": "agent"}).is_valid()
    assert not form({"name": "wrong", "role": "agent", **wrong}).is_valid()
