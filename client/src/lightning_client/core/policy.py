"""When to try again: what is worth it, how long to wait, and when to stop."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tenacity import RetryCallState
from tenacity.wait import wait_base

from lightning_client.core.call import Answer, Failure

Strategy = Literal["HighPerformance", "Balanced", "LowResource", "CostOptimized"]

RETRIES_BY_STRATEGY: dict[str, int] = {
    "HighPerformance": 2,
    "Balanced": 3,
    "LowResource": 5,
    "CostOptimized": 4,
}


@dataclass(frozen=True)
class Policy:
    """How patient a client is.

    Attributes:
        retries: further attempts of one call.
        deadline_seconds: of one call with all its attempts and pauses; what the call itself asks
            the server to wait (a lock, events) comes on top.
        attempt_seconds: of one attempt.
        first_pause_seconds, longest_pause_seconds: of the jitter between attempts.
        budget_ratio: retries that a call earns for all calls; 0.2 lets every fifth be a retry.
        budget_reserve: retries that are there at the start, and the most that are saved.
        conflict_retries: how often `update` reads again after a conflict.
        breaker_failures, breaker_open_seconds: of the circuit breaker of each server.
    """

    retries: int = RETRIES_BY_STRATEGY["Balanced"]
    deadline_seconds: float = 30.0
    attempt_seconds: float = 10.0
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 3.0
    budget_ratio: float = 0.2
    budget_reserve: float = 20.0
    conflict_retries: int = 100
    breaker_failures: int = 5
    breaker_open_seconds: float = 5.0

    @classmethod
    def of(cls, strategy: Strategy = "Balanced", **changes: float) -> "Policy":
        """The policy of a strategy (contract §8), with changes."""
        if strategy not in RETRIES_BY_STRATEGY:
            raise ValueError(f"{strategy!r} is not one of {', '.join(RETRIES_BY_STRATEGY)}")
        return replace(cls(retries=RETRIES_BY_STRATEGY[strategy]), **changes)  # type: ignore[arg-type]


class RetryBudget:
    """Bounds retries to a share of the calls, so that many clients do not drown a server.

    Finagle's RetryBudget: a call earns a fraction, a retry costs one.
    """

    def __init__(self, ratio: float, reserve: float) -> None:
        self._ratio = ratio
        self._most = reserve
        self._balance = reserve
        self._lock = threading.Lock()

    def earn(self) -> None:
        with self._lock:
            self._balance = min(self._most, self._balance + self._ratio)

    def spend(self) -> bool:
        """Whether a retry may be made."""
        with self._lock:
            if self._balance < 1.0:
                return False
            self._balance -= 1.0
            return True


class DecorrelatedJitter(wait_base):
    """Pauses between a base and three times the pause before, at most the longest.

    "Decorrelated jitter" of Brooker, Exponential Backoff And Jitter (AWS Architecture Blog, 2015).
    `at_least` is asked for a pause that the outcome itself demands, such as Retry-After.
    One call's: it remembers the pause before.
    """

    def __init__(
        self, base: float, longest: float, at_least: Callable[[RetryCallState], float]
    ) -> None:
        self._base = base
        self._longest = longest
        self._at_least = at_least
        self._before = base

    def __call__(self, retry_state: RetryCallState) -> float:
        drawn = random.uniform(self._base, max(self._base, self._before * 3))
        self._before = min(self._longest, drawn)
        return max(self._before, self._at_least(retry_state))


_TRY_AGAIN = frozenset({429, 502, 503, 504})
_SERVER_FAILED = frozenset({500, 502, 503, 504})
_IN_FLIGHT = b'"idempotency_in_flight"'
_OF_A_VERIFIER = b'"verifier_unavailable"'


def is_worth_retrying(outcome: Answer | Failure) -> bool:
    """Whether the same request may fare better in a moment; it can be sent twice without harm."""
    if isinstance(outcome, Failure):
        return True
    return outcome.status in _TRY_AGAIN or (outcome.status == 409 and _IN_FLIGHT in outcome.content)


def is_failure_of_the_server(outcome: Answer | Failure) -> bool:
    """What the breaker counts."""
    if isinstance(outcome, Failure):
        return True
    return outcome.status in _SERVER_FAILED and _OF_A_VERIFIER not in outcome.content


def demanded_pause_seconds(outcome: Answer | Failure) -> float:
    """The answer's Retry-After in seconds; 0 when it has none (dates are not understood)."""
    if isinstance(outcome, Failure):
        return 0.0
    try:
        return max(0.0, float(outcome.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0
