"""What is shipped for Prometheus and Grafana, and what the docs say, is what there is."""

import json
import re
import shutil
import subprocess

import pytest

from state.alerts.rules import built_in_rules
from state.metrics.exported import Exported
from state.service.deployment_metrics import FAMILIES
from tests.contract import test_metrics_moving
from tests.rig.environment import REPOSITORY

MONITORING = REPOSITORY / "deploy" / "monitoring"
OPERATIONS = REPOSITORY / "docs" / "operations.md"
_METRIC = re.compile(r"\blightning_[a-z_0-9]+\b")


def exposed_names() -> set[str]:
    names = {family.name for family in FAMILIES}
    for metric in Exported().registry.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
        names |= {metric.name + suffix for suffix in suffixes.get(metric.type, [""])}
    return names


def test_the_rules_ask_for_metrics_that_there_are() -> None:
    text = (MONITORING / "lightning-state.rules.yml").read_text()
    asked = set(_METRIC.findall(text))
    assert len(asked) > 8
    assert asked <= exposed_names()


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    asked: set[str] = set()
    for panel in dashboard["panels"]:
        found = {name for one in panel["targets"] for name in _METRIC.findall(one["expr"])}
        assert found, panel["title"]
        asked |= found
    assert asked <= exposed_names()


def test_every_metric_is_on_the_dashboard_or_in_the_rules() -> None:
    text = "".join(path.read_text() for path in MONITORING.iterdir())
    derived = {"_sum", "_count", "_bucket"}
    unseen = {
        name
        for name in exposed_names()
        if name not in text and not any(name.endswith(suffix) for suffix in derived)
    }
    assert unseen == {
        "lightning_cache_entries",
        "lightning_cache_evictions_total",
        "lightning_confidence_threshold",
    }


@pytest.mark.parametrize(
    "arguments",
    [("rules", "lightning-state.rules.yml"), ("config", "--syntax-only", "prometheus.yml")],
    ids=lambda arguments: arguments[0],
)
def test_prometheus_takes_what_is_shipped(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is missing: apt-get install prometheus")
    *words, name = arguments
    answer = subprocess.run(
        [promtool, "check", *words, str(MONITORING / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


# --- The docs -------------------------------------------------------------------------------------


def first_cells(section: str) -> list[str]:
    """What the first column of the table below a heading of docs/operations.md has."""
    text = OPERATIONS.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]


def test_the_docs_tell_of_every_metric_and_of_no_other() -> None:
    told = [name for cell in first_cells("Metrics") for name in _METRIC.findall(cell)]
    exposed = {re.sub("_(bucket|sum|count)$", "", name) for name in exposed_names()}
    assert sorted(told) == sorted(exposed)


def test_each_of_them_is_moved_by_a_test() -> None:
    told = [name for cell in first_cells("Metrics") for name in _METRIC.findall(cell)]
    moved = {**test_metrics_moving.MOVES, **test_metrics_moving.CONSTANT}
    assert sorted(told) == sorted(moved)


def test_the_docs_tell_of_every_alert_and_what_to_do() -> None:
    told = [name for cell in first_cells("Alerts") for name in re.findall("`([a-z_]+)`", cell)]
    rules = built_in_rules(slow_operation_ms=100, silent_seconds=300, verified_threshold=0.75)
    assert sorted(told) == sorted(rule.name for rule in rules)
    rows = [line for line in OPERATIONS.read_text().splitlines() if line.startswith("| `")]
    for name in told:
        [row] = [line for line in rows if f"`{name}`" in line.split("|")[1]]
        severity, opens, what_to_do = (cell.strip() for cell in row.split("|")[2:5])
        assert severity
        assert opens
        assert what_to_do


def test_the_docs_tell_of_every_setting_and_of_no_other() -> None:
    """Whatever the settings file, and nobody else, reads from the environment."""
    read = re.compile(r'\b(?:env|secret_key)\.\w+\(\s*"([A-Z0-9_]+)"')
    names = set(read.findall((REPOSITORY / "lightning_site" / "settings.py").read_text()))
    internal = {"LIGHTNING_WORKERS", "LIGHTNING_FAILPOINTS"}  # of serve, and of the tests
    told = [
        name for cell in first_cells("Settings") for name in re.findall("[A-Z][A-Z0-9_]+", cell)
    ]
    assert "LIGHTNING_STRATEGY" in names
    assert sorted(told) == sorted({*names, "OTEL_EXPORTER_OTLP_ENDPOINT"} - internal)
