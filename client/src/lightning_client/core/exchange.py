"""One logical call: attempts, pauses, the breaker, and the next server when one is away."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tenacity import DoAttempt, DoSleep, RetryCallState, Retrying
from tenacity.retry import retry_if_result

from lightning_client.core.call import Answer, Call, Failure, refusal
from lightning_client.core.circuit import Circuit
from lightning_client.core.effects import Flow, Pause, Send
from lightning_client.core.endpoints import Endpoints
from lightning_client.core.policy import (
    DecorrelatedJitter,
    Policy,
    RetryBudget,
    demanded_pause_seconds,
    is_failure_of_the_server,
    is_worth_retrying,
)
from lightning_client.errors import CircuitOpen, LightningError, Unreachable

T = TypeVar("T")
Outcome = Answer | Failure

_LEAST_ATTEMPT_SECONDS = 0.05


class _NothingSent(Exception):
    """Every breaker is open."""


class Exchange:
    """Carries out calls on the servers of one client. Safe to use from several threads."""

    def __init__(
        self,
        urls: Sequence[str],
        policy: Policy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self.clock = clock
        self.endpoints = Endpoints(
            urls,
            lambda: Circuit(policy.breaker_failures, policy.breaker_open_seconds, clock),
            clock,
        )
        self._budget = RetryBudget(policy.budget_ratio, policy.budget_reserve)

    def carry_out(self, call: Call[T], deadline_seconds: float | None = None) -> Flow[T]:
        """The call's result, however many attempts it takes.

        Raises:
            LightningError: what the server refused it with, Unreachable when no answer came,
                CircuitOpen when nothing was sent.
        """
        patience = self.policy.deadline_seconds if deadline_seconds is None else deadline_seconds
        deadline = self.clock() + patience + call.waits_seconds
        self._budget.earn()
        tried: set[str] = set()
        answered: Outcome = Failure(_NothingSent())

        def demanded(state: RetryCallState) -> float:
            outcome = _outcome(state)
            if isinstance(outcome, Failure) and isinstance(outcome.error, _NothingSent):
                return self.endpoints.retry_in_seconds
            return demanded_pause_seconds(outcome)

        retrying = Retrying(
            retry=retry_if_result(is_worth_retrying),
            wait=DecorrelatedJitter(
                self.policy.first_pause_seconds, self.policy.longest_pause_seconds, demanded
            ),
            stop=lambda state: not self._may_go_on(state, deadline),
            retry_error_callback=_outcome,
        )
        retrying.begin()
        state = RetryCallState(retrying, None, (), {})
        while True:
            step = retrying.iter(state)
            if isinstance(step, DoAttempt):
                outcome = yield from self._attempt(call, deadline, tried)
                if not (isinstance(outcome, Failure) and isinstance(outcome.error, _NothingSent)):
                    answered = outcome
                elif state.attempt_number == 1:
                    break  # a circuit that is open from the start is to be told at once
                state.set_result(outcome)
            elif isinstance(step, DoSleep):
                state.prepare_for_next_attempt()
                another = self.endpoints.current_url
                # Who has another server to ask need not wait for the one that failed.
                yield Pause(float(step) if another in tried else 0.0)
            else:
                break
        return self._result(call, answered)

    def _may_go_on(self, state: RetryCallState, deadline: float) -> bool:
        return (
            state.attempt_number <= self.policy.retries
            and self.clock() + state.upcoming_sleep < deadline
            and self._budget.spend()
        )

    def _attempt(self, call: Call[Any], deadline: float, tried: set[str]) -> Flow[Outcome]:
        endpoint = self.endpoints.pick()
        if endpoint is None:
            return Failure(_NothingSent())
        tried.add(endpoint.url)
        headers = call.headers
        if call.reads and self.endpoints.moved_lately:
            headers = {**headers, "Cache-Control": "no-cache"}
        timeout = min(self.policy.attempt_seconds + call.waits_seconds, deadline - self.clock())
        try:
            outcome: Outcome = yield Send(
                endpoint.url, call, headers, max(timeout, _LEAST_ATTEMPT_SECONDS)
            )
        except BaseException:
            endpoint.circuit.abandoned()
            raise
        if not is_failure_of_the_server(outcome):
            endpoint.circuit.succeeded()
            return outcome
        endpoint.circuit.failed()
        if is_worth_retrying(outcome):
            self.endpoints.leave(endpoint)
        return outcome

    def _result(self, call: Call[T], outcome: Outcome) -> T:
        if isinstance(outcome, Failure):
            raise self.trouble(outcome)
        if not outcome.is_success:
            raise refusal(outcome)
        return call.parse(outcome)

    def nothing_sent(self) -> LightningError:
        """The error of a call that was not sent, since every breaker is open."""
        return self.trouble(Failure(_NothingSent()))

    def trouble(self, failure: Failure) -> LightningError:
        """The error of a call that got no answer."""
        if isinstance(failure.error, _NothingSent):
            seconds = self.endpoints.retry_in_seconds
            return CircuitOpen(
                f"{', '.join(self.endpoints.circuits)} failed too often;"
                f" asked again in {seconds:.1f} s",
                retry_in_seconds=seconds,
            )
        tried = ", ".join(self.endpoints.circuits)
        error = Unreachable(f"no answer from {tried} ({_described(failure.error)})")
        error.__cause__ = failure.error
        return error


def _outcome(state: RetryCallState) -> Outcome:
    assert state.outcome is not None
    outcome: Outcome = state.outcome.result()
    return outcome


def _described(error: Exception) -> str:
    return str(error) or type(error).__name__
