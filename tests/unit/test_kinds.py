"""§1, §7: what the files of the kinds say hangs together."""

import pytest

from state.domain.errors import Invalid
from state.domain.ids import is_id
from state.domain.kinds import Kind
from state.domain.shapes import content_of
from state.models import MODELS

KINDS = list(Kind)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_names_are_its_fields(kind: Kind) -> None:
    spec = kind.spec
    named = {*spec.times, *spec.counters, *spec.numbers, *spec.united, *spec.kept}
    named |= {column.field for column in spec.columns}
    assert named <= spec.fields.keys()
    assert Kind.from_segment(spec.segment) is kind


@pytest.mark.parametrize("kind", KINDS)
def test_its_columns_are_those_of_its_table(kind: Kind) -> None:
    table = {field.column for field in MODELS[kind]._meta.concrete_fields}
    assert {column.name for column in kind.spec.columns} <= table
    assert {one.column for one in kind.spec.filters.values()} <= table


@pytest.mark.parametrize("kind", KINDS)
def test_transitions_are_between_its_statuses(kind: Kind) -> None:
    for table in kind.spec.transitions.values():
        assert set(table) == set(kind.statuses)
        assert frozenset().union(*table.values()) <= set(kind.statuses)
    policies = {"default", "strict"} if "status" in kind.spec.fields else set()
    assert kind.spec.transitions.keys() == policies


def test_a_column_has_its_own_type_whatever_json_said() -> None:
    columns = {column.name: column for column in Kind.VERIFICATION.spec.columns}
    score = columns["confidence_score"]
    assert type(score.value({"confidenceScore": 1})) is float
    assert type(score.value(None)) is float
    assert columns["verified_at"].value(None) is None


@pytest.mark.parametrize("text", ["a", "...", ".a", "a.", "a.b_c:d@e-f", "x" * 200])
def test_an_id(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a b", "a\n", ".\n", "ä", "x" * 201, "%2e"])
def test_no_id(text: str) -> None:
    assert not is_id(text)


@pytest.mark.parametrize(("field", "passes"), [("completedAt", True), ("startedAt", False)])
def test_only_the_time_of_ending_may_be_sent_as_null(field: str, passes: bool) -> None:
    body = {"query": "why", "status": "Pending", field: None}
    if passes:
        assert content_of(Kind.RESEARCH, "r", body)[field] is None
    else:
        with pytest.raises(Invalid, match=f"{field}: must not be null"):
            content_of(Kind.RESEARCH, "r", body)
