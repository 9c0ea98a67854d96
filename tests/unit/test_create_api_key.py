"""``create_api_key`` refuses in a sentence what could not be a key."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"expires_in_days": 0}, "--expires-in-days must be between 1 and 36500"),
        ({"expires_in_days": 36_501}, "--expires-in-days must be between 1 and 36500"),
        ({"expires_in_days": 3_000_000}, "--expires-in-days must be between 1 and 36500"),
        ({"name": " "}, "--name must have 1 to 50 characters"),
        ({"name": "n" * 51}, "--name must have 1 to 50 characters"),
        ({"name": "two\nlines"}, "--name must hold no line breaks"),
        ({"name": "last line\n"}, "--name must hold no line breaks"),
        ({"name": "two\u2028lines"}, "--name must hold no line breaks"),
        ({"name": "an escape\x1b[2J"}, "--name must hold no line breaks or other control"),
        ({"name": "not UTF-8\udcff"}, "--name must hold no line breaks or other control"),
        ({"agent_id": "a b"}, "--agent-id must be"),
    ],
)
def test_it_says_what_is_wrong(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CommandError, match=f"^{sentence}"):
        call_command("create_api_key", **{"name": "n", "role": "viewer", **wrong})
