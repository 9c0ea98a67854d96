"""One readable line a log record, for people and for machines that split on spaces.

Ours: structlog loads Twisted and rich where they are, 5 MB and a tenth of a worker's start.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_context: ContextVar[Mapping[str, object] | None] = ContextVar("log_context", default=None)


@contextmanager
def logged_with(**members: object) -> Iterator[None]:
    """Within, every record of this task or thread has these members."""
    token = _context.set({**(_context.get() or {}), **members})
    try:
        yield
    finally:
        _context.reset(token)


class Line(logging.Formatter):
    """``timestamp='…' level='…' logger='…' event='…'``, what it is logged with, its ``extra``, and
    the traceback; each value as Python writes it, so that a line stays one.
    """

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        members = {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **(_context.get() or {}),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            members["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            members["stack"] = self.formatStack(record.stack_info)
        return " ".join(f"{name}={value!r}" for name, value in members.items())
