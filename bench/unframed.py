"""The product without what the frame puts around every call: limiter, deadline and counting."""

from lightning_site.asgi import application
from state.operations import calls
from state.operations.frame import Frame
from state.operations.limits import admitted, measured

TAKEN_OUT = (admitted, measured)

without = Frame(
    calls.table.everything,
    outside=[one for one in calls.OUTSIDE if one not in TAKEN_OUT],
    inside=[one for one in calls.INSIDE if one not in TAKEN_OUT],
)
assert len(calls.OUTSIDE) + len(calls.INSIDE) == 4  # two of them are left
calls.frame._runs.update(without._runs)  # whoever has the frame already has this one

__all__ = ["application"]
