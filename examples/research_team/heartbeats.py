"""Tells Lightning State every few seconds that the team is alive."""

import sys
import threading
from collections.abc import Sequence

from .board import Board, BoardError

EVERY_SECONDS = 5.0


class Heartbeats:
    """A thread that beats for all members at once, between entering and leaving it."""

    def __init__(self, board: Board, agent_ids: Sequence[str]) -> None:
        self._board = board
        self._agent_ids = list(agent_ids)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeats", daemon=True)

    def __enter__(self) -> "Heartbeats":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while True:
            try:
                self._board.heartbeat(self._agent_ids)
            except BoardError as error:
                # One beat missed is no reason to stop; the work itself will notice an outage.
                print(f"  heartbeat failed: {error}", file=sys.stderr, flush=True)
            if self._ended.wait(EVERY_SECONDS):
                return
