"""Plays a flow by hand: no network, and a clock that the flow's own pauses move."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import httpx
from lightning_client.core.call import Answer, Failure
from lightning_client.core.effects import Effect, Flow, Pause, Send
from lightning_client.core.exchange import Exchange
from lightning_client.core.policy import Policy

URL = "http://one"
Outcome = Answer | Failure


def answer(status: int = 200, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps({} if body is None else body).encode())


def problem(status: int, code: str, **members: Any) -> Answer:
    return answer(status, {"code": code, "detail": "no", **members})


def no_answer() -> Failure:
    return Failure(httpx.ConnectError("connection refused"))


class Stage:
    """Servers that answer from a script, one outcome a request; the last one is repeated."""

    def __init__(self, *outcomes: Outcome, urls: Iterable[str] = (URL,), **policy: Any) -> None:
        self.now = 1000.0
        self.sent: list[Send] = []
        self.pauses: list[float] = []
        self.answer_takes_seconds = 0.0
        self._outcomes = list(outcomes)
        self.exchange = Exchange(list(urls), Policy(**policy), clock=lambda: self.now)
        self.decide: Callable[[Send], Outcome] = self._next

    def script(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes)

    def play(self, flow: Flow[Any]) -> Any:
        """The flow's result; what it raises is raised."""
        result: Any = None
        while True:
            try:
                effect: Effect = flow.send(result)
            except StopIteration as end:
                return end.value
            result = self._perform(effect)

    def _perform(self, effect: Effect) -> Any:
        if isinstance(effect, Pause):
            self.pauses.append(effect.seconds)
            self.now += effect.seconds
            return None
        assert isinstance(effect, Send), effect
        self.sent.append(effect)
        self.now += self.answer_takes_seconds
        return self.decide(effect)

    def _next(self, _: Send) -> Outcome:
        return self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
