"""The calls in their frame: what a door needs, and where concerns are put around them."""

from state.operations.frame import Around, Frame
from state.operations.leaving import ends_with_its_caller
from state.operations.limits import admitted, measured
from state.operations.table import table
from state.operations.tracing import traced

OUTSIDE: tuple[Around, ...] = (traced, measured)
"""Around every call, its refusals included; outermost first."""

INSIDE: tuple[Around, ...] = (ends_with_its_caller, admitted)
"""Around what a call does once it is judged; outermost first."""

frame = Frame(table.everything, outside=OUTSIDE, inside=INSIDE)

__all__ = ["frame", "table"]
