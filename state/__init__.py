"""Lightning State: one place where many AI agents keep their state without losing an update."""

__version__ = "0.1.0"
