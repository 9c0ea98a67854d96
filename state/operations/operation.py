"""What one call of the API is: who may make it, what it takes, what it answers, what it does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from state.domain.kinds import Kind
from state.protocol.call import Answer, Call
from state.protocol.headers import JSON

Run = Callable[[Call], Awaitable[Answer]]
Shape = Any
"""A type that msgspec understands."""

KIB = 1024
MIB = 1024 * KIB


VALUES_MAX = 250_000
"""Of a body of a MiB: its parser keeps everybody waiting for about 20 ms."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a call takes: a shape, at most so many bytes and values, in these media types."""

    shape: Shape
    limit_bytes: int = MIB
    limit_values: int = VALUES_MAX
    media_types: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter, or a header that the call heeds.

    ``may_be_empty``: an empty one is as good as none, as HTML forms send it; else it is 400.
    """

    name: str
    description: str
    shape: Shape = str
    required: bool = False
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A successful answer; without a shape it has no body."""

    description: str
    shape: Shape = None
    media_type: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One call. ``path`` has ``{id}`` where the call has its ``id``.

    Args:
        name: camelCase; with the kind it names the call in OpenAPI, metrics and logs.
        role: the least role that may call (contract §10).
        permit: what else the caller may not, judged before the body is read (403).
        refusals: the statuses of its refusals, besides those that every call of its form has.
        waits: it may take long without executing: a long poll, a wait for a lock, a stream.
        statuses: by the codes of refusals that have another status here than everywhere else.
        is_never_shed: it answers under any load: what tells how the instance does.
        at_once: its answer from memory, or None: such an answer takes no slot and never waits.
    """

    name: str
    method: str
    path: str
    run: Run
    tag: str
    summary: str
    results: Mapping[int, Result]
    role: str = "viewer"
    kind: Kind | None = None
    permit: Callable[[Call], Awaitable[None]] | None = None
    body: Body | None = None
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    refusals: tuple[int, ...] = ()
    waits: bool = False
    is_never_shed: bool = False
    at_once: Callable[[Call], Answer | None] | None = None
    description: str = ""
    statuses: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name in OpenAPI: no two calls have the same."""
        return self.name if self.kind is None else self.name + self.kind.capitalize()
