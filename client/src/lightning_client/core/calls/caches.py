"""The server's caches (contract §6)."""

from typing import Any

from lightning_client.core.call import Call, ask, read, reader_of

_parse = reader_of(dict[str, Any])


def invalidate(key: str | None, category: str | None) -> Call[int]:
    """Drop one key, or a category of keys; the result counts what was dropped."""
    body = {"key": key} if key is not None else {"category": category}
    return ask("/api/v1/cache/invalidate", body, lambda answer: int(_parse(answer)["removed"]))


def figures() -> Call[dict[str, Any]]:
    return read("/api/v1/cache", _parse)
