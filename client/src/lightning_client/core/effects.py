"""What a flow asks of the driver that runs it.

A flow is a generator: it yields an effect, is sent the effect's result, and returns the call's
result. When the driver is interrupted (Ctrl-C, a cancelled task) it throws that into the flow,
which may ask for more effects before it lets go: so nothing stays half done.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lightning_client.core.call import Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send a call to a server: the result is an Answer or a Failure."""

    base_url: str
    call: Call[Any]
    headers: dict[str, str]
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a WebSocket, in place of the one that was open: the result is None or a Failure."""

    url: str
    ping_seconds: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Receive:
    """The next frame: a text, or a Failure when the socket closed or was silent for so long."""

    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Emit(Generic[T]):
    """Hand a value to whoever iterates."""

    value: T


Effect = Send | Pause | Dial | Receive | Emit[Any]
Flow = Generator[Effect, Any, T]
