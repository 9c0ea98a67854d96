"""What one call may bring: items and bytes."""

from collections.abc import Iterable

from state.domain.errors import Invalid

MOST_ITEMS = 1000
MOST_TEXT_BYTES = 1024 * 1024


def check_count(field: str, count: int) -> None:
    """Raises Invalid above 1,000 items."""
    if count > MOST_ITEMS:
        raise Invalid.field(field, f"more than {MOST_ITEMS} of them")


def check_text(field: str, texts: Iterable[str]) -> None:
    """Raises Invalid above 1 MiB of text in UTF-8."""
    total = 0
    for text in texts:
        # surrogatepass: what cannot be encoded is the reader's business, not this limit's
        total += len(text.encode("utf-8", "surrogatepass"))
        if total > MOST_TEXT_BYTES:
            raise Invalid.field(field, "more than 1 MiB of text")
