"""How often Python looks for cycles: seldom while a program is loaded, as usual while it serves.

A start makes a quarter of a million objects that stay; at the usual pace it walks them again and
again, a tenth of its time. Requests leave cycles with their bodies in them, which must go soon.
"""

import gc

_USUAL = gc.get_threshold()


def load() -> None:
    """What is made from now on stays."""
    gc.set_threshold(50_000, 20, 50)


def serve() -> None:
    """All is loaded."""
    gc.set_threshold(*_USUAL)
