"""Rules are data: what they compare, and which ones a user may add (contract §9)."""

import json

import pytest

from state.alerts.rules import (
    BadRule,
    Rule,
    built_in_rules,
    parse_rules,
    silent_limits,
    value_at,
)

SLOW = {"name": "slow", "kind": "agent", "field": "performanceMetrics.latencyMs", "above": 500}


def test_a_user_s_rule_is_read() -> None:
    (rule,) = parse_rules(json.dumps([SLOW | {"forSeconds": 60, "severity": "critical"}]))
    assert (rule.name, rule.threshold, rule.for_seconds) == ("slow", 500, 60)
    assert rule.is_broken_by(501)
    assert not rule.is_broken_by(500)
    assert rule.sentence("a1", 501) == "a1: performanceMetrics.latencyMs is 501."
    assert rule.as_dict()["builtIn"] is False


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "no JSON"),
        ("{}", "array"),
        ('[{"name": "x"}]', "needs a kind"),
        (json.dumps([SLOW | {"kind": "cache"}]), "kind must be"),
        (json.dumps([SLOW | {"below": 1}]), "exactly one"),
        (json.dumps([SLOW | {"above": "much"}]), "must be a number"),
        (json.dumps([SLOW | {"severity": "loud"}]), "severity"),
        (json.dumps([SLOW | {"colour": "red"}]), "colour is not known"),
        (json.dumps([SLOW, SLOW]), "twice"),
        (json.dumps([SLOW | {"name": "agent_failed"}]), "one of ours"),
        (json.dumps([SLOW | {"summary": "{nothing}"}]), "summary"),
    ],
)
def test_a_bad_rule_is_told_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(BadRule, match=told):
        parse_rules(text)


@pytest.mark.parametrize(
    ("comparison", "threshold", "value", "broken"),
    [
        ("above", 1, 1.5, True),
        ("above", 1, True, False),
        ("above", 1, "2", False),
        ("above", 1, None, False),
        ("below", 0.5, 0.49, True),
        ("below", 0.5, 0.5, False),
        ("equals", "Failed", "Failed", True),
        ("equals", "Failed", "failed", False),
    ],
)
def test_a_comparison_is_strict_and_of_numbers(
    comparison: str, threshold: float | str, value: object, broken: bool
) -> None:
    rule = Rule("r", "agent", "f", comparison, threshold, 0, "info", "{subject}")
    assert rule.is_broken_by(value) is broken


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", "Ready"),
        ("m.a", 1),
        ("m.b.c", 2),
        ("m.x.y", 3),
        ("m.nothing", None),
        ("no.a", None),
    ],
)
def test_a_field_is_found_by_its_path(path: str, value: object) -> None:
    document = {"status": "Ready", "m": {"a": 1, "b": {"c": 2}, "x.y": 3}}
    assert value_at(document, path) == value


def test_silence_has_limits_by_agent_type() -> None:
    assert silent_limits("300,Researcher=60") == (300.0, {"Researcher": 60.0})
    assert silent_limits("") == (300.0, {})
    with pytest.raises(BadRule):
        silent_limits("soon")


def test_every_built_in_sentence_can_be_filled_in() -> None:
    rules = built_in_rules(slow_operation_ms=100, silent_seconds=300, verified_threshold=0.75)
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.sentence("it", 0.5)


def test_a_summary_rounds_our_figures_and_leaves_a_users_number() -> None:
    rules = {
        rule.name: rule
        for rule in built_in_rules(
            slow_operation_ms=100.0, silent_seconds=300, verified_threshold=1
        )
    }
    slow = rules["slow_operation"].sentence("patch", 113.749999)
    assert slow == "patch takes 113.7 ms at its 95th percentile, more than 100 ms."
    assert "confidence of 0.749999." in rules["low_confidence"].sentence("v1", 0.749999)
