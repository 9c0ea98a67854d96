"""How the deployment does, in numbers: for the dashboard, and for Prometheus (contract §9)."""

from datetime import UTC, datetime
from typing import Any

from state.metrics import minutes, windows
from state.metrics.exported import exported
from state.service.composition import parts
from state.service.deployment import running_instances
from state.service.deployment_metrics import deployment_metrics
from state.service.measuring import kept_minutes


def metrics_report() -> dict[str, Any]:
    """The windows of all workers, summed, and the minutes of the last 24 hours."""
    parts().measuring.publish()
    figures = [one["windows"] for instance in running_instances() for one in instance.figures]
    shown = {
        name: windows.report(windows.summed(one[name] for one in figures), seconds)
        for name, seconds in windows.WINDOWS.items()
    }
    now = datetime.now(UTC)
    rows = [*kept_minutes(now), *parts().measuring.unkept_minutes()]
    return {"windows": shown, "series": minutes.series(rows)}


def exposition() -> bytes:
    """What a scrape is answered, with what this process has counted until now."""
    parts().measuring.publish()
    return exported().exposition(deployment_metrics())
