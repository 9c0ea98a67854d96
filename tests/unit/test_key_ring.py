"""Unknown keys neither crowd out the good ones nor cost a question each."""

import pytest

from state.access import guessing, keys
from state.access.guessing import Guessing
from state.access.keys import KeyRing, key_text
from state.access.principals import Principal
from state.domain.errors import RateLimited, Unauthenticated

GOOD = Principal("good", "agent")
ADDRESS = "192.0.2.1"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


class CountedRing(KeyRing):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def _look_up(self, text: str) -> Principal | None:  # type: ignore[override]
        self.asked.append(text)
        return GOOD if text.startswith("good") else None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keys, "time", clock)
    monkeypatch.setattr(guessing, "time", clock)
    return clock


@pytest.fixture
def ring(clock: Clock) -> CountedRing:
    return CountedRing()


def guess(ring: KeyRing, count: int, address: str = ADDRESS) -> list[type[Exception]]:
    outcomes: list[type[Exception]] = []
    for number in range(count):
        try:
            ring.check(f"wrong {address} {number}", address)
        except (Unauthenticated, RateLimited) as refusal:
            outcomes.append(type(refusal))
    return outcomes


def test_guesses_beyond_the_limit_are_not_looked_up(ring: CountedRing) -> None:
    outcomes = guess(ring, 20_000)
    assert outcomes == [Unauthenticated] * guessing.TRIES + [RateLimited] * (
        20_000 - guessing.TRIES
    )
    assert len(ring.asked) == guessing.TRIES


def test_a_good_key_stays_known_and_is_asked_again(ring: CountedRing, clock: Clock) -> None:
    ring.check("good", ADDRESS)
    guess(ring, 30_000)
    assert ring.recall("good") is GOOD
    clock.seconds += 3.1
    guess(ring, 1000)
    assert ring.recall("good") is None
    assert ring.check("good", ADDRESS) is GOOD
    assert ring.check("good", ADDRESS, fresh=True) is GOOD


def test_another_address_may_still_try(ring: CountedRing) -> None:
    guess(ring, 1000)
    assert ring.check("good", "192.0.2.2") is GOOD
    with pytest.raises(RateLimited):
        ring.check("good too", ADDRESS)


def test_the_tries_come_back(ring: CountedRing, clock: Clock) -> None:
    guess(ring, 1000)
    clock.seconds += 1.0
    assert ring.check("good", ADDRESS) is GOOD


def test_an_unknown_key_is_remembered_for_a_moment(ring: CountedRing, clock: Clock) -> None:
    for _ in range(500):
        with pytest.raises(Unauthenticated):
            ring.check("wrong", ADDRESS)
    assert ring.asked == ["wrong"]
    clock.seconds += 3.1
    with pytest.raises(Unauthenticated):
        ring.check("wrong", ADDRESS)
    assert ring.asked == ["wrong", "wrong"]


@pytest.mark.parametrize("text", ["x" * 201, "a\x00b", "ключ"])
def test_what_can_be_no_key_costs_nothing(ring: CountedRing, text: str) -> None:
    with pytest.raises(Unauthenticated):
        ring.check(text, ADDRESS)
    assert ring.asked == []


def test_what_is_remembered_is_bounded(ring: CountedRing) -> None:
    for number in range(30_000):
        guess(ring, 1, f"10.0.{number // 250}.{number % 250}")
    assert len(ring._unknown) <= keys._UNKNOWN_REMEMBERED
    assert len(ring._guessing._buckets) <= guessing._ADDRESSES_REMEMBERED


@pytest.mark.parametrize(
    ("first", "second"), [("2001:db8::1", "2001:db8::ffff"), ("::ffff:192.0.2.1", "192.0.2.1")]
)
def test_a_network_of_one_customer_is_one_address(clock: Clock, first: str, second: str) -> None:
    guesses = Guessing()
    for _ in range(guessing.TRIES):
        guesses.spend(first)
    with pytest.raises(RateLimited):
        guesses.require_try(second)


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"authorization": "Basic dTpw", "x-api-key": "abc"}, "abc"),
        ({"authorization": "Basic dTpw"}, None),
        ({"authorization": "Negotiate"}, None),
        ({}, None),
    ],
)
def test_schemes_of_others_are_passed_over(headers: dict[str, str], text: str | None) -> None:
    assert key_text(headers) == text


def test_a_bearer_without_a_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        key_text({"authorization": "Bearer "})
