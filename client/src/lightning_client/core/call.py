"""A request as data, with the reading of its answer."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from lightning_client.core.headers import header_text
from lightning_client.core.jsontext import encode
from lightning_client.errors import LightningError, UnexpectedAnswer, error_of

T = TypeVar("T")
Target = tuple[str, str]
"""A state's kind and id."""

_PREVIEW_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer: the connection failed, or took too long."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One logical call, the same for every attempt.

    Attributes:
        path: from ``/api`` on, with its query.
        headers: with the Idempotency-Key of a write, made once.
        parse: reads the answer of a success; what it raises is raised to the caller.
        reads: whether it only reads, so that ``Cache-Control`` means something.
        waits_seconds: how long the server may take on purpose (a lock, events).
    """

    method: str
    path: str
    parse: Callable[[Answer], T]
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    reads: bool = False
    waits_seconds: float = 0.0


def read(path: str, parse: Callable[[Answer], T], **headers: str) -> Call[T]:
    """A GET; header names with underscores."""
    return Call("GET", path, parse, _headers(headers), reads=True)


def ask(path: str, body: Any, parse: Callable[[Answer], T]) -> Call[T]:
    """A POST that changes nothing, so that it can be sent twice without harm."""
    return Call("POST", path, parse, dict(_JSON), encode(body))


def write(
    method: str,
    path: str,
    parse: Callable[[Answer], T],
    *,
    body: Any = None,
    waits_seconds: float = 0.0,
    **headers: str,
) -> Call[T]:
    """A write under an Idempotency-Key of its own: an attempt more is not a second write."""
    named = {**_headers(headers), "Idempotency-Key": secrets.token_hex(16)}
    content = None
    if body is not None:
        named |= _JSON
        content = encode(body)
    return Call(method, path, parse, named, content, waits_seconds=waits_seconds)


_JSON = {"Content-Type": "application/json"}


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): header_text(value) for name, value in given.items() if value}


def nothing(answer: Answer) -> None:
    """Reads an answer that says nothing."""


def reader_of(shape: type[T]) -> Callable[[Answer], T]:
    """Reads an answer as JSON of this shape."""
    decode = msgspec.json.Decoder(shape).decode

    def parse(answer: Answer) -> T:
        try:
            return decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnexpectedAnswer(f"{error}: {preview(answer)}", status=answer.status) from error

    return parse


def refusal(answer: Answer) -> LightningError:
    """The error of an answer that is no success."""
    try:
        members = msgspec.json.decode(answer.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        members = {}
    if "code" not in members:
        return UnexpectedAnswer(
            f"HTTP {answer.status}, which is not Lightning State's: {preview(answer)}",
            status=answer.status,
        )
    return error_of(members, answer.status)


def preview(answer: Answer) -> str:
    """The beginning of an answer that could not be read."""
    return repr(answer.content[:_PREVIEW_CHARACTERS].decode("utf-8", "replace"))
