"""Text of others (messages of errors, log lines) as a state can keep it."""

MOST_CHARACTERS = 2_000


def shown(text: str, most: int = MOST_CHARACTERS) -> str:
    """The text without what the server refuses (NUL, lone surrogates), cut to what people read."""
    return text[:most].replace("\0", "").encode("utf-8", "replace").decode()
