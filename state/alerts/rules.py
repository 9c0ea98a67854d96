"""The rules of alerts as data: what is watched, the comparison, for how long, how severe."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

KINDS = ("operation", "cache", "instance", "agent", "research", "verification")
"""What an alert's subject is: the name of an operation, a level, an instance, or a state's id."""

STATE_KINDS = ("agent", "research", "verification")
COMPARISONS = ("above", "below", "equals")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        name: unique; part of an alert's identity, with its subject.
        kind: what its subjects are, one of ``KINDS``.
        source: a metric's name, or a field's dotted path in a state's JSON.
        comparison: ``above``, ``below`` or ``equals``; strict.
        threshold: what the value is compared with.
        for_seconds: how long the comparison has to hold before the alert opens.
        severity: ``info``, ``warning`` or ``critical``.
        summary: a sentence; ``{subject}``, ``{value}`` and ``{threshold}`` are filled in.
        agent_type: a rule over a field of agents may be for one type only.
        built_in: whether it is one of the product's own.
    """

    name: str
    kind: str
    source: str
    comparison: str
    threshold: float | str
    for_seconds: float
    severity: Severity
    summary: str
    agent_type: str = ""
    built_in: bool = True

    def is_broken_by(self, value: Any) -> bool:
        """Whether a value is what the rule warns of; a value of another type is not."""
        if self.comparison == "equals":
            return bool(value == self.threshold)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        assert isinstance(self.threshold, int | float)
        if self.comparison == "above":
            return bool(value > self.threshold)
        return bool(value < self.threshold)

    def sentence(self, subject: str, value: Any) -> str:
        """What the alert says of a subject."""
        return self.summary.format(subject=subject, value=value, threshold=self.threshold)

    def as_dict(self) -> dict[str, Any]:
        """The rule as ``GET /api/v1/alerts/rules`` shows it."""
        shown: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "source": self.source,
            "comparison": self.comparison,
            "threshold": self.threshold,
            "forSeconds": self.for_seconds,
            "severity": self.severity,
            "summary": self.summary,
            "builtIn": self.built_in,
        }
        return shown | ({"agentType": self.agent_type} if self.agent_type else {})


def built_in_rules(
    *, slow_operation_ms: float, silent_seconds: float, verified_threshold: float
) -> tuple[Rule, ...]:
    """The product's own rules, with the thresholds of the settings."""
    return (
        Rule(
            "slow_operation", "operation", "p95Ms", "above", slow_operation_ms, 0, "warning",
            "{subject} takes {value:.1f} ms at its 95th percentile, more than {threshold:g} ms.",
        ),
        Rule(
            "error_rate", "operation", "errorRate", "above", 0.01, 0, "critical",
            "{value:.1%} of the operations of the last minute failed.",
        ),
        Rule(
            "hit_rate", "cache", "hitRate", "below", 0.7, 0, "info",
            "The caches answer {value:.0%} of the reads of the last five minutes.",
        ),
        Rule(
            "cache_memory", "cache", "usedShare", "above", 0.8, 0, "info",
            "Level 1 of {subject} uses {value:.0%} of its bytes.",
        ),
        Rule(
            "memory", "instance", "memoryShare", "above", 1.0, 0, "critical",
            "Instance {subject} uses {value:.0%} of LIGHTNING_MAX_MEMORY_MB.",
        ),
        Rule(
            "redis_down", "cache", "redisDown", "equals", 1, 0, "warning",
            "Redis cannot be used: the second cache level is off.",
        ),
        Rule(
            "change_log_lag", "instance", "lagSeconds", "above", 2.0, 2, "critical",
            "Instance {subject} is {value:.1f} s behind the change log.",
        ),
        Rule(
            "background_failure", "instance", "failingLoops", "above", 0, 0, "critical",
            "Instance {subject} has background loops that fail: {value}.",
        ),
        Rule(
            "worker_lost", "instance", "workersLost", "above", 0, 0, "critical",
            "Instance {subject} lost workers unexpectedly in the last minute: {value}.",
        ),
        Rule(
            "agent_silent", "agent", "silentSeconds", "above", silent_seconds, 0, "warning",
            "Agent {subject} is Processing and was last heard of {value:.0f} s ago.",
        ),
        Rule(
            "agent_failed", "agent", "status", "equals", "Failed", 0, "critical",
            "Agent {subject} has Failed.",
        ),
        Rule(
            "research_failed", "research", "status", "equals", "Failed", 0, "critical",
            "Research {subject} has Failed.",
        ),
        Rule(
            "low_confidence", "verification", "confidenceScore", "below", verified_threshold, 0,
            "info", "Verification {subject} has a confidence of {value}.",
        ),
    )  # fmt: skip


class BadRule(ValueError):
    """A rule in the settings cannot be used; the message is a sentence."""


_MEMBERS = {
    "name", "kind", "field", "above", "below", "equals", "forSeconds", "severity", "summary",
    "agentType",
}  # fmt: skip


def parse_rules(text: str) -> tuple[Rule, ...]:
    """Rules of the user's from ``LIGHTNING_ALERT_RULES``: a JSON array of objects.

    Each has ``name``, ``kind`` (agent, research or verification), ``field`` (a dotted path such
    as ``performanceMetrics.latencyMs``) and one of ``above``, ``below`` and ``equals``;
    ``forSeconds``, ``severity``, ``summary`` and ``agentType`` are optional. Raises BadRule.
    """
    try:
        given = json.loads(text) if text else []
    except ValueError as error:
        raise BadRule(f"is no JSON ({error})") from error
    if not isinstance(given, list):
        raise BadRule("must be a JSON array of rules")
    rules = tuple(_parsed(one, index) for index, one in enumerate(given))
    names = [rule.name for rule in rules]
    own = [rule.name for rule in _NAMES]
    for name in names:
        if name in own or names.count(name) > 1:
            raise BadRule(f"has the name {name!r} twice, or it is one of ours")
    return rules


_NAMES = built_in_rules(slow_operation_ms=0, silent_seconds=0, verified_threshold=0)


def _parsed(given: Any, index: int) -> Rule:
    where = f"rule {index}"
    if not isinstance(given, dict):
        raise BadRule(f"{where} is no object")
    if unknown := sorted(given.keys() - _MEMBERS):
        raise BadRule(f"{where}: {unknown[0]} is not known")
    for name in ("name", "kind", "field"):
        if not isinstance(given.get(name), str) or not given[name]:
            raise BadRule(f"{where} needs a {name}")
    if given["kind"] not in STATE_KINDS:
        raise BadRule(f"{where}: kind must be one of {', '.join(STATE_KINDS)}")
    comparisons = [name for name in COMPARISONS if name in given]
    if len(comparisons) != 1:
        raise BadRule(f"{where} needs exactly one of {', '.join(COMPARISONS)}")
    threshold = given[comparisons[0]]
    if comparisons[0] != "equals" and not _is_number(threshold):
        raise BadRule(f"{where}: {comparisons[0]} must be a number")
    seconds = given.get("forSeconds", 0)
    if not _is_number(seconds) or seconds < 0:
        raise BadRule(f"{where}: forSeconds must be a number of seconds")
    severity = given.get("severity", "warning")
    if severity not in SEVERITIES:
        raise BadRule(f"{where}: severity must be one of {', '.join(SEVERITIES)}")
    summary = given.get("summary") or "{subject}: " + given["field"] + " is {value}."
    rule = Rule(
        given["name"], given["kind"], given["field"], comparisons[0], threshold, seconds,
        severity, str(summary), str(given.get("agentType") or ""), built_in=False,
    )  # fmt: skip
    try:
        rule.sentence("subject", 1)
    except (LookupError, ValueError) as error:
        raise BadRule(f"{where}: the summary cannot be filled in ({error})") from error
    return rule


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """A field's value by its dotted path; None when there is none.

    A name with dots in it is found too: the longest one first, as in ``a.b`` before ``a`` → ``b``.
    """
    if path in document:
        return document[path]
    head, dot, _ = path.rpartition(".")
    while dot:
        inner = document.get(head)
        if isinstance(inner, Mapping):
            return value_at(inner, path[len(head) + 1 :])
        head, dot, _ = head.rpartition(".")
    return None


def silent_limits(text: str) -> tuple[float, Mapping[str, float]]:
    """``300,Researcher=60``: seconds of silence, and those of agent types; raises BadRule."""
    default, by_type = 300.0, {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, equals, seconds = part.rpartition("=")
        try:
            number = float(seconds)
        except ValueError:
            number = -1.0
        if not 0 < number <= 31_536_000:
            raise BadRule(f"has {part!r}; it must look like 300,Researcher=60")
        if equals:
            by_type[name.strip()] = number
        else:
            default = number
    return default, by_type


def named(rules: Sequence[Rule]) -> Mapping[str, Rule]:
    """Rules by name."""
    return {rule.name: rule for rule in rules}
