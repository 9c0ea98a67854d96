"""A body is judged by how many values it has before the parser makes them."""

import json

import pytest

from state.domain.jsontext import holds_more_values_than

MANY = 100


@pytest.mark.parametrize(
    ("text", "is_more"),
    [
        ("[" + "1," * 200 + "1]", True),
        ("[" + "[]," * 70 + "1]", True),
        ("{" + '"a":{},' * 60 + '"a":{}}', True),
        ("[" + "1," * 99 + "1]", False),
        ("[" + '"two","three",' * 40 + "1]", False),
        (json.dumps({"text": "," * 500 + "[{" * 100}), False),
        (json.dumps({"text": '\\"' * 100 + ",[{" * 200}), False),
        (json.dumps({"text": "\\" * 100 + ",[{" * 200}), False),
        ('["' + "\\\\" * 50 + '",' + "1," * 120 + "1]", True),
        ('["never ends' + "," * 500, False),  # refused by the parser, which makes nothing of it
    ],
)
def test_what_texts_hold_is_no_value(text: str, is_more: bool) -> None:
    assert holds_more_values_than(MANY, text.encode()) is is_more
