"""What an id may look like (contract §1)."""

import re
from typing import Annotated

from msgspec import Meta

from state.domain.errors import Invalid

# \A and \Z, not ^ and $: a $ lets a newline follow. Not "." or "..": a URL's path loses them
# (RFC 3986 §5.2.4), so that nothing could reach the state.
ID_PATTERN = r"\A(?!\.{1,2}\Z)[A-Za-z0-9._:@-]{1,200}\Z"
ID_RULE = "1–200 of A-Z a-z 0-9 . _ : @ -, but not . or .."
_ID = re.compile(ID_PATTERN)

Id = Annotated[str, Meta(pattern=ID_PATTERN, max_length=200)]


def is_id(value: str) -> bool:
    """Whether the text is a legal id."""
    return _ID.match(value) is not None


def checked_id(state_id: str) -> str:
    """The id, when it follows the rule; raises Invalid."""
    if not is_id(state_id):
        raise Invalid.field("id", f"must be {ID_RULE}")
    return state_id
