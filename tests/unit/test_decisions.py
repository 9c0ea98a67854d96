"""Accepting and rejecting a verification: the outcome, who, when, and what stays."""

import json

import pytest

from dashboard.parts.decisions import acceptance, rejection


@pytest.mark.parametrize(("confidence", "raised"), [(0.7499, True), (0.75, False), (1, False)])
def test_an_acceptance_raises_only_a_confidence_below_the_threshold(
    confidence: float, raised: bool
) -> None:
    patch = json.loads(acceptance(confidence, "olga"))
    assert (patch["isVerified"], patch["verifiedBy"]) == (True, "olga")
    assert patch["verifiedAt"] is None, "the server fills its own time in"
    assert patch.get("confidenceScore") == (1 if raised else None)


def test_a_rejection_keeps_the_issues_and_names_the_person_once() -> None:
    first = json.loads(rejection(["Two numbers differ."], "olga"))
    again = json.loads(rejection(first["issues"], "per"))
    assert first["issues"] == ["Two numbers differ.", "Rejected by olga"]
    assert again["issues"] == ["Two numbers differ.", "Rejected by per"]
