"""What a worker costs before anybody calls it."""

import time
from collections.abc import Iterator

from bench.cpu import cpu_seconds, resident_megabytes
from bench.figures import Row, at_most, figure
from bench.rounds import Effort
from bench.stand import Door, Stand

IDLE_SECONDS = 3.0


def measure(stand: Stand, effort: Effort) -> Iterator[Row]:
    """Memory and processor of a worker that only follows the log, and how soon it serves."""
    ready, memory, idle = [], [], []
    for _ in range(effort.rounds):
        with stand.only():
            door = Door(stand.fresh_backend())
            ready.append(door.ready_seconds)
            before = cpu_seconds(door.pid)
            time.sleep(IDLE_SECONDS)
            idle.append((cpu_seconds(door.pid) - before) / IDLE_SECONDS * 100)
            memory.append(resident_megabytes(door.pid))
            door.server.stop()
    yield Row("idle worker: memory", figure(memory, "MB"), target=at_most(120))
    yield Row("serve: ready after", figure(ready, "s"), target=at_most(3))
    yield Row("idle worker: processor", figure(idle, "% of a core"))
