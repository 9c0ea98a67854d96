"""Text as a header can carry it."""

import unicodedata

# Control characters, lone surrogates, line and paragraph separators.
_NOT_IN_A_HEADER = frozenset({"Cc", "Cs", "Zl", "Zp"})


def header_text(text: str) -> str:
    """One line without control characters: an error's message, as a reason, often has them."""
    if text.isascii() and text.isprintable():
        return text.strip()
    said = (" " if unicodedata.category(one) in _NOT_IN_A_HEADER else one for one in text)
    return " ".join("".join(said).split())
