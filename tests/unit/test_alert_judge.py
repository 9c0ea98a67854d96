"""One alert a cause: opened, counted up, closed (contract §9)."""

from state.alerts.judge import Breach, Judge, OpenAlert
from state.alerts.rules import Rule

AT_ONCE = Rule("failed", "agent", "status", "equals", "Failed", 0, "critical", "{subject}")
LATER = Rule("lag", "instance", "lagSeconds", "above", 2, 10, "critical", "{subject}")


def breach(rule: Rule = AT_ONCE, subject: str = "a1", occurrence: str = "1") -> Breach:
    return Breach(rule, subject, "Failed", occurrence)


def test_it_opens_once_and_then_counts_up() -> None:
    judge = Judge()
    assert judge.judge([breach()], {}, 0).opened == [breach()]
    known = {("failed", "a1"): OpenAlert(7, "1")}
    verdict = judge.judge([breach()], known, 1)
    assert (verdict.opened, verdict.repeated, verdict.closed) == ([], [], [])
    verdict = judge.judge([breach(occurrence="2")], known, 2)
    assert verdict.repeated == [(7, breach(occurrence="2"))]


def test_it_closes_when_nothing_is_wrong_any_more() -> None:
    known = {("failed", "a1"): OpenAlert(7, "1"), ("failed", "a2"): OpenAlert(8, "1")}
    assert Judge().judge([breach()], known, 0).closed == [8]


def test_it_waits_for_as_long_as_the_rule_says() -> None:
    judge = Judge()
    lag = [breach(LATER)]
    assert judge.judge(lag, {}, 100).opened == []
    assert judge.judge(lag, {}, 109).opened == []
    assert judge.judge([], {}, 109.5).opened == []
    assert judge.judge(lag, {}, 110).opened == []
    assert judge.judge(lag, {}, 120).opened == lag


def test_what_could_not_be_judged_stays_open() -> None:
    known = {("failed", "a1"): OpenAlert(7, "1"), ("lag", "i1"): OpenAlert(8, "1")}
    assert Judge().judge([], known, 0, unknown=["lag"]).closed == [7]
