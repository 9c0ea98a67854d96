"""The calls of ``/api/v1`` in their frame: what a door needs, and where concerns are put around."""

from state.operations.frame import Around, Frame
from state.operations.leaving import ends_with_its_caller
from state.operations.table import table

OUTSIDE: tuple[Around, ...] = ()
"""Around every call, its refusals included; outermost first."""

INSIDE: tuple[Around, ...] = (ends_with_its_caller,)
"""Around what a call does once it is judged; outermost first."""

frame = Frame(table.everything, outside=OUTSIDE, inside=INSIDE)

__all__ = ["frame", "table"]
