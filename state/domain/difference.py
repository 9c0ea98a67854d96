"""Which top-level fields two versions of a state differ in."""

from typing import Any

from state.domain.jsontext import encode

UNLOGGED = frozenset({"lastUpdated", "version"})
"""Fields that every change changes; no difference names them."""


def difference(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that differ, as they were and as they are; an absent one is in one side only."""
    changed = [
        name for name in {**new, **old} if name not in UNLOGGED and not _same(old, new, name)
    ]
    return (
        {name: old[name] for name in changed if name in old},
        {name: new[name] for name in changed if name in new},
    )


def _same(old: dict[str, Any], new: dict[str, Any], name: str) -> bool:
    if name not in old or name not in new or old[name] != new[name]:
        return False
    # True == 1 and 1 == 1.0 in Python, but they are different JSON.
    return isinstance(new[name], str) or encode(old[name]) == encode(new[name])
