"""What is measured: a name, the topologies it makes sense on, and how."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench.figures import Row
from bench.rounds import Effort
from bench.scenarios import (
    autocache,
    batches,
    client,
    facts,
    frame,
    idle,
    mix,
    monitoring,
    peers,
    reads,
    size,
    sockets,
    wire,
    writes,
)
from bench.stand import Stand


@dataclass(frozen=True)
class Scenario:
    """One group of measurements."""

    measure: Callable[[Stand, Effort], Iterable[Row]]
    needs_postgres: bool = False


SCENARIOS: dict[str, Scenario] = {
    "idle": Scenario(idle.measure),
    "get": Scenario(reads.measure_hits),
    "miss": Scenario(reads.measure_misses),
    "put": Scenario(writes.measure_puts),
    "frame": Scenario(frame.measure),
    "autocache": Scenario(autocache.measure),
    "monitoring": Scenario(monitoring.measure),
    "patch": Scenario(writes.measure_patches),
    "batch": Scenario(batches.measure),
    "mix": Scenario(mix.measure),
    "facts": Scenario(facts.measure),
    "sockets": Scenario(sockets.measure),
    "client": Scenario(client.measure),
    "wire": Scenario(wire.measure),
    "peers": Scenario(peers.measure),
    "size": Scenario(size.measure, needs_postgres=True),
}
