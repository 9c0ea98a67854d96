"""One flight per missing key."""

import pytest

from state.cache.flights import Flights
from state.cache.reading import Reading

KEY = "agent_state:a"


def test_the_second_joins_the_first() -> None:
    flights = Flights()
    own, _ = flights.board([(KEY, 0)])
    mine, joined = flights.board([(KEY, 0)])
    assert not mine
    flights.land(own, {KEY: Reading(1, b"{}", "DB")})
    assert joined[KEY].landing.result().version == 1


def test_nobody_joins_after_the_landing() -> None:
    flights = Flights()
    own, _ = flights.board([(KEY, 0)])
    flights.land(own, {KEY: Reading(1, b"{}", "DB")})
    assert flights.board([(KEY, 0)])[0]


def test_nobody_joins_a_flight_from_before_a_version_they_know() -> None:
    flights = Flights()
    early, _ = flights.board([(KEY, 6)])
    late, joined = flights.board([(KEY, 7)])
    assert late
    assert not joined
    flights.land(early, {KEY: Reading(6, b"{}", "DB")})
    assert flights.board([(KEY, 7)])[1], "the landing of the old flight must not end the new one"


def test_those_who_wait_get_the_error() -> None:
    flights = Flights()
    own, _ = flights.board([(KEY, 0)])
    _, joined = flights.board([(KEY, 0)])
    flights.fail(own, OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        joined[KEY].landing.result()
