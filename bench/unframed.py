"""The product without what the frame puts around every call: limiter, deadline and counting."""

import sys

import django

from state.operations.operation import Operation, Run

django.setup()
assert "state.operations.calls" not in sys.modules  # else the frame is built already

from state.operations import limits  # noqa: E402


def _nothing(operation: Operation, run: Run) -> Run:
    return run


limits.measured = limits.admitted = _nothing

from lightning_site.asgi import application  # noqa: E402

__all__ = ["application"]
