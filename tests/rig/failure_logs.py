"""Adds the servers' last log lines to the report of a failed test."""

from collections.abc import Iterable

import pytest

from tests.rig.server import Server


def _servers(values: Iterable[object]) -> Iterable[Server]:
    for value in values:
        if isinstance(value, Server):
            yield value
        elif isinstance(value, tuple):
            yield from _servers(value)


def attach_server_logs(item: pytest.Item, report: pytest.TestReport) -> None:
    """Tell what the servers of a failed test said last."""
    if not report.failed:
        return
    for server in _servers(getattr(item, "funcargs", {}).values()):
        report.sections.append((f"log of {server.url}", server.log_tail()))
