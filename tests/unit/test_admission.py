"""How many connections a worker keeps: the silent make room, and a reserve is left."""

from dataclasses import dataclass, field
from typing import Any

from state.server.admission import Admission, Seat


@dataclass(eq=False)
class Transport:
    is_open: bool = True

    def close(self) -> None:
        self.is_open = False


@dataclass(eq=False)
class Connection:
    idle_since: float | None = None
    has_served: bool = False
    transport: Transport = field(default_factory=Transport)


def full_of(connections: list[Any], most: int = 100) -> Admission:
    return Admission(connections, most)


def test_the_first_connections_are_regular() -> None:
    connections = [Connection() for _ in range(90)]
    assert full_of(connections).seat_for(connections[-1], 100.0) is Seat.REGULAR


def test_those_that_never_asked_go_first_and_the_longest_silent_of_them() -> None:
    busy = [Connection() for _ in range(88)]
    silent = [Connection(idle_since=seconds) for seconds in (30.0, 20.0)]
    served = Connection(idle_since=1.0, has_served=True)
    connections = [*busy, served, *silent, newcomer := Connection(idle_since=50.0)]
    assert full_of(connections).seat_for(newcomer, 50.0) is Seat.REGULAR
    assert [one for one in connections if not one.transport.is_open] == [silent[1]]


def test_where_nobody_is_silent_the_last_places_are_reserved() -> None:
    connections = [Connection() for _ in range(91)]
    admission = full_of(connections)
    assert admission.seat_for(connections[-1], 50.0) is Seat.RESERVED
    connections += [Connection() for _ in range(10)]
    assert admission.seat_for(connections[-1], 50.0) is Seat.NONE


def test_whoever_came_a_moment_ago_is_left_alone() -> None:
    connections = [Connection(idle_since=49.5) for _ in range(91)]
    assert full_of(connections).seat_for(connections[-1], 50.0) is Seat.RESERVED
