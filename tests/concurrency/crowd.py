"""Runs many workers at the same moment, each in a thread with connections of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")
PATIENCE_SECONDS = 60.0


def all_at_once(workers: Sequence[Callable[[], Result]]) -> list[Result]:
    """Start all workers together and return what they return; the first failure is raised."""
    start = threading.Barrier(len(workers))

    def run(worker: Callable[[], Result]) -> Result:
        start.wait(PATIENCE_SECONDS)
        return worker()

    with ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(run, workers))
