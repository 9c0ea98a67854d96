"""§12: writes that name no version are merged into the locked row: none erases another."""

from tests.rig.backends import Backend
from tests.rig.environment import run_python

PROMISES = ("ends_with_its_progress", "loses_nothing_among_many")


def test_a_write_without_a_version_keeps_its_promises(fresh_backend: Backend) -> None:
    """In a process of its own: the store, without a server."""
    printed = run_python(
        "-m", "tests.concurrency.untracked_script", environment=fresh_backend.environment()
    )
    assert tuple(printed.split()) == PROMISES
