"""What is shipped for Prometheus and Grafana asks for metrics that there are."""

import json
import re
from pathlib import Path

from state.metrics.exported import Exported
from state.service.deployment_metrics import FAMILIES

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
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
