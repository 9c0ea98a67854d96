"""How the deployment does, in numbers: for the dashboard, and for Prometheus (contract §9)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from state.metrics import minutes, windows
from state.metrics.exported import exported
from state.metrics.traffic import Point, point_of_window, traffic
from state.service.composition import parts
from state.service.deployment import running_instances
from state.service.deployment_metrics import deployment_metrics
from state.service.measuring import kept_minutes

_LAST_MINUTE = "1m"


def metrics_report() -> dict[str, Any]:
    """The windows of all workers, summed, and the minutes of the last 24 hours."""
    parts().measuring.publish()
    figures = [one for instance in running_instances() for one in instance.figures]
    shown = {
        name: windows.report(windows.summed(one["windows"][name] for one in figures), seconds)
        for name, seconds in windows.WINDOWS.items()
    }
    now = datetime.now(UTC)
    mine = parts().measuring.unkept_minutes()
    rows = [
        *kept_minutes(now - timedelta(hours=minutes.SERIES_HOURS)),
        *(one for one in mine if one.minute < minutes.minute_of(now)),
        *minutes.under_way(figures, now),
    ]
    return {"windows": shown, "series": minutes.series(rows)}


def recent_traffic(over_minutes: int, step: int) -> list[Point]:
    """The minutes that are over, in stretches of ``step``, for charts."""
    now = datetime.now(UTC)
    since = now - timedelta(minutes=over_minutes + step)
    rows = [*kept_minutes(since), *parts().measuring.unkept_minutes()]
    return traffic(rows, now, over_minutes, step)


def last_minute() -> Point:
    """What all workers did in the minute that ends now."""
    parts().measuring.publish()
    figures = [one["windows"] for instance in running_instances() for one in instance.figures]
    window = windows.summed(one[_LAST_MINUTE] for one in figures)
    return point_of_window(window, datetime.now(UTC), windows.WINDOWS[_LAST_MINUTE])


def exposition() -> bytes:
    """What a scrape is answered, with what this process has counted until now."""
    parts().measuring.publish()
    return exported().exposition(deployment_metrics())
