"""The id of a request, for its answer, its problem and the log."""

import itertools
import re
import secrets

_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")
# A random name for the process, and a number: asking the kernel for a random id every time was a
# tenth of a cached read.
_PROCESS = secrets.token_hex(8)
_numbers = itertools.count(1)


def accepted_request_id(given: str | None) -> str:
    """The id a caller gave, when it is a harmless one, or a new one."""
    if given and _GIVEN.fullmatch(given):
        return given
    return f"{_PROCESS}-{next(_numbers):x}"
