"""One line a log record, with what it is logged with."""

import logging
import sys

from state.runtime.log_lines import Line, logged_with


def record(message: str, *arguments: object, **members: object) -> logging.LogRecord:
    made = logging.LogRecord("state.test", logging.WARNING, "", 1, message, arguments, None)
    made.created = 1_767_225_600.0
    vars(made).update(members)
    return made


def test_a_record_is_one_line_of_members() -> None:
    assert Line().format(record("two\n%s", "lines", request_id="r-1")) == (
        "timestamp='2026-01-01T00:00:00.000000Z' level='warning' logger='state.test'"
        " event='two\\nlines' request_id='r-1'"
    )


def test_what_a_record_is_logged_with_ends_with_its_block() -> None:
    with logged_with(request_id="r-1"):
        with logged_with(trace_id="t-1"):
            assert Line().format(record("x")).endswith("event='x' request_id='r-1' trace_id='t-1'")
        assert "trace_id" not in Line().format(record("x"))
    assert "request_id" not in Line().format(record("x"))


def test_a_traceback_stays_in_its_line() -> None:
    made = record("failed")
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        made.exc_info = sys.exc_info()
    line = Line().format(made)
    assert "\n" not in line
    assert "ZeroDivisionError" in line.partition(" exception=")[2]
