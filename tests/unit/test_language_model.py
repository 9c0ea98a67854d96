"""The verifier that asks a language model, against a small server that speaks its protocol."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from state.domain.errors import VerifierUnavailable
from state.domain.kinds import Kind
from state.domain.verdict import Verdict
from state.verl.verifiers.language_model import LanguageModel

GOOD = {"isValid": True, "confidence": 0.9, "issues": ["status: fine"]}
NEW = {"agentType": "Demo", "status": "Ready"}


class Model:
    """Answers each question with the next of its answers: a status, or a message's content."""

    def __init__(self) -> None:
        self.answers: list[int | str] = []
        self.questions: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                model.questions.append({"path": self.path, **json.loads(body)})
                model.keys.append(self.headers["Authorization"])
                answer = model.answers.pop(0)
                self.send_response(answer if isinstance(answer, int) else 200)
                self.end_headers()
                if isinstance(answer, str):
                    message = {"choices": [{"message": {"content": answer}, "index": 0}]}
                    self.wfile.write(json.dumps(message).encode())

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def model(settings: Any) -> Iterator[Model]:
    started = Model()
    settings.LIGHTNING_LLM_URL = started.url
    settings.LIGHTNING_LLM_MODEL = "small"
    settings.LIGHTNING_LLM_KEY = "secret"
    settings.LIGHTNING_LLM_RETRIES = 1
    yield started
    started.server.shutdown()
    started.server.server_close()


def ask() -> Verdict:
    return asyncio.run(LanguageModel().verify(Kind.AGENT, None, NEW))


def test_it_asks_and_gives_the_answer(model: Model) -> None:
    model.answers = [json.dumps(GOOD)]
    assert ask() == Verdict(True, 0.9, ("status: fine",))
    [question] = model.questions
    assert (question["path"], question["model"]) == ("/v1/chat/completions", "small")
    asked = json.loads(question["messages"][1]["content"])
    assert asked == {"kind": "agent", "old": None, "new": NEW}
    assert model.keys == ["Bearer secret"]


@pytest.mark.parametrize("first", [500, 429, "Sure! It is fine.", json.dumps({"isValid": True})])
def test_it_asks_again(model: Model, first: int | str) -> None:
    model.answers = [first, json.dumps(GOOD)]
    assert ask().is_valid


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps({**GOOD, "confidence": 2}),
        json.dumps({**GOOD, "isValid": "yes"}),
        json.dumps({**GOOD, "more": 1}),
        "[]",
    ],
)
def test_what_is_no_verdict_is_none(model: Model, answer: str) -> None:
    model.answers = [answer, answer]
    with pytest.raises(VerifierUnavailable):
        ask()
    assert len(model.questions) == 2


def test_a_refusal_is_not_asked_again(model: Model) -> None:
    model.answers = [401]
    with pytest.raises(VerifierUnavailable):
        ask()


def test_an_endpoint_that_is_away_is_unavailable(model: Model) -> None:
    model.server.shutdown()
    model.server.server_close()
    with pytest.raises(VerifierUnavailable):
        ask()


@pytest.mark.parametrize(
    ("name", "value"),
    [("LIGHTNING_LLM_MODEL", ""), ("LIGHTNING_LLM_URL", ""), ("LIGHTNING_LLM_URL", "localhost/v1")],
)
def test_it_says_what_is_not_set(model: Model, settings: Any, name: str, value: str) -> None:
    setattr(settings, name, value)
    with pytest.raises(ValueError, match=name):
        LanguageModel()
