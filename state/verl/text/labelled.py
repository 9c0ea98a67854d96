"""Statements of the form ``subject: value`` ("Research r1: Completed")."""

import re

_FORM = re.compile(r"\s*([^:\n]{1,200}?)\s*:\s+([^\s:.!?]+(?:[ _-][^\s:.!?]+){0,2})\s*[.!]?\s*\Z")


def labelled_value(statement: str) -> tuple[str, str] | None:
    """What is said of what, both in lower case, or None for any other sentence."""
    match = _FORM.match(statement)
    if match is None:
        return None
    subject, value = match.group(1).lower(), match.group(2).lower()
    return " ".join(subject.split()), " ".join(value.split())
