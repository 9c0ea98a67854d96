"""Rows that are committed with a write: with it or not at all, and once."""

from tests.rig.backends import Backend
from tests.rig.environment import run_python

PROMISES = (
    "lands_with_its_write",
    "answers_what_comes_again",
    "is_not_there_after_a_refusal",
    "has_its_own_values",
    "comes_alone",
    "goes_with_a_key",
    "is_claimed_once_by_many",
)


def test_a_record_keeps_its_promises(fresh_backend: Backend) -> None:
    """In a process of its own: the store, without a server."""
    printed = run_python(
        "-m", "tests.concurrency.records_script", environment=fresh_backend.environment()
    )
    assert tuple(printed.split()) == PROMISES
