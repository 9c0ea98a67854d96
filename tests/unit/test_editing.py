"""The form that edits a state: every field of the kind, each as a text that loses no digit."""

import pytest

from dashboard.parts.editing import present_edit_fields
from state.domain.kinds import Kind


@pytest.mark.parametrize("kind", list(Kind))
def test_every_field_but_the_facts_can_be_edited(kind: Kind) -> None:
    fields = present_edit_fields(kind, b'{"status":"Ready","isVerified":true}')
    assert {field.name for field in fields} == kind.spec.fields.keys() - {"extractedFacts"}
    assert fields[0].choices, "the outcome comes first"


def test_numbers_and_objects_are_as_stored_and_texts_as_typed() -> None:
    document = (
        b'{"status":"Pending","query":"a \\"b\\"","currentQualityScore":0.7499,"iterationCount":3,'
        b'"startedAt":"2026-01-31T12:00:00Z","completedAt":null,'
        b'"metadata":{"big":9007199254740993}}'
    )
    fields = {field.name: field for field in present_edit_fields(Kind.RESEARCH, document)}
    assert (fields["query"].form, fields["query"].text) == ("long", 'a "b"')
    assert (fields["currentQualityScore"].form, fields["currentQualityScore"].text) == (
        "number",
        "0.7499",
    )
    assert fields["metadata"].text == '{\n  "big": 9007199254740993\n}'
    assert (fields["completedAt"].form, fields["completedAt"].text) == ("time", "")
