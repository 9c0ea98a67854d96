"""Forges page tokens, as somebody would who has looked into one."""

import base64
import json


def token_parts(token: str) -> list[str]:
    """What a page token holds."""
    parts: list[str] = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    return parts


def token_of(parts: list[str]) -> str:
    """The token the server would make of these parts."""
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
