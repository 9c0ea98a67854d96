"""When Python looks for cycles: not while a program is loaded, and not at what was loaded.

A start makes a quarter of a million objects that stay; to walk them again and again was a tenth
of its time. Requests leave cycles with their bodies in them, which must go soon.
"""

import atexit
import gc


def load() -> None:
    """What is made from now on stays."""
    gc.disable()


def loaded() -> None:
    """The program runs; at its end all is walked, which closes what nobody has closed."""
    atexit.register(gc.unfreeze)
    _go_on()


def serve() -> None:
    """The program is a server: it closes what it has opened, and ends at once."""
    atexit.unregister(gc.unfreeze)
    _go_on()


def _go_on() -> None:
    gc.freeze()
    gc.enable()
