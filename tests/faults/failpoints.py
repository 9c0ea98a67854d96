"""Arms the failpoints of a server under test (see ``state/runtime/failpoints.py``)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rig.waiting import wait_for


class Failpoints:
    """The moments at which one server stops, fails or dies."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory

    @property
    def settings(self) -> dict[str, str]:
        """What the server is started with."""
        return {"LIGHTNING_FAILPOINTS": str(self._directory)}

    def arm(self, name: str, action: str) -> None:
        """The next thread at this moment does it: ``pause``, ``error``, ``crash`` or ``end``.

        ``broken`` is for all of them, until it is disarmed.
        """
        # Written elsewhere first: a reader must not see half of it.
        draft = self._directory / f"{name}.draft"
        draft.write_text(action)
        draft.rename(self._directory / name)

    def is_hit(self, name: str) -> bool:
        """Whether the server got there, and was not disarmed since."""
        return (self._directory / f"{name}.hit").exists()

    def wait_until_hit(self, name: str) -> None:
        """Returns when the server got there."""
        wait_for(lambda: self.is_hit(name), timeout_seconds=20, what=f"{name} hit")

    def release(self, name: str) -> None:
        """Who is paused there goes on; what is armed there since stays so."""
        (self._directory / f"{name}.hit").unlink()

    def disarm(self, name: str) -> None:
        """Nothing happens there any more; who is paused there goes on."""
        (self._directory / name).unlink(missing_ok=True)
        (self._directory / f"{name}.hit").unlink(missing_ok=True)

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Whoever comes to this moment first waits there until the block ends."""
        self.arm(name, "pause")
        try:
            yield
        finally:
            self.disarm(name)
