"""The types of an ASGI application."""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

RESERVED = "lightning.reserved"
"""In a scope: every connection is taken, and this one is kept for health and for operators."""
TOO_LARGE = "lightning.too_large"
"""In a scope: its request's body is larger than any call takes, and is not handed on."""
WHOLE = "lightning.whole"
"""In a scope: takes a whole answer at once (``WholeAnswer``). It is absent, or taken away, where
something between the server and a door changes what is sent.
"""

WholeAnswer = Callable[[int, bytes, bytes], bool]
"""Given the status, the lines of the head, the body; False: it has to be sent as ASGI has it."""
