"""How a list looks."""

from collections.abc import Sequence

from state.domain.jsontext import encode
from state.protocol.call import Answer


def render_page(
    items: Sequence[bytes], next_page: str | int | None, cursor: str | None = None
) -> Answer:
    """Items, the next page, and the log's position if given."""
    tail = b"" if cursor is None else b',"cursor":' + encode(cursor)
    body = b'{"items":[' + b",".join(items) + b'],"next":' + encode(next_page) + tail + b"}"
    return Answer(200, body)
