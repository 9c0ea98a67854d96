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
