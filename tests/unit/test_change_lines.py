"""A change of the log as a line of words."""

from typing import Any

import msgspec
import pytest

from dashboard.parts.changes import present_event
from dashboard.parts.diff import diff_of_change


def change(change_type: str, old: dict[str, Any], new: dict[str, Any]) -> bytes:
    return msgspec.json.encode(
        {
            "cursor": "c",
            "kind": "agent",
            "id": "a",
            "version": 7,
            "changeType": change_type,
            "at": "2026-01-31T12:00:00.000000Z",
            "actor": "olga",
            "oldValues": old,
            "newValues": new,
        }
    )


@pytest.mark.parametrize(
    ("change_type", "old", "new", "words"),
    [
        ("StatusChanged", {"status": "Ready"}, {"status": "Paused"}, "Ready → Paused"),
        (
            "Updated",
            {"performanceMetrics": {"latencyMs": 237, "port": 8080}},
            {"performanceMetrics": {"latencyMs": 250.7, "port": 8080}},
            "latencyMs 237 → 250.7",
        ),
        (
            "ProgressUpdated",
            {"currentQualityScore": 0.7499, "factCount": 1},
            {"currentQualityScore": 0.75, "factCount": 1201, "extractedFacts": []},
            "1,200 facts added · quality 0.7499 → 0.75",
        ),
        ("ProgressUpdated", {}, {"extractedFacts": [{"id": "f"}]}, "1 fact updated"),
        ("Restored", {}, {"status": "Ready", "agentType": "T"}, "restored · Ready · T"),
        ("Updated", {}, {}, "written anew, nothing differs"),
    ],
)
def test_a_change_says_what_it_did(
    change_type: str, old: dict[str, Any], new: dict[str, Any], words: str
) -> None:
    assert present_event(change(change_type, old, new)).cells["what"].text == words


def test_the_difference_a_change_made_is_in_the_change() -> None:
    diff = diff_of_change(change("Updated", {"properties": {"n": 1}}, {"properties": {"n": 2}}))
    assert (diff.first, diff.last) == (6, 7)
    assert [(each.field, each.before, each.after) for each in diff.fields] == [
        ("properties", '{\n  "n": 1\n}', '{\n  "n": 2\n}')
    ]
