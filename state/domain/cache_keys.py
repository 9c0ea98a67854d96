"""The names of cached things, as the seed gave them."""

import hashlib
from typing import Any

from state.domain.kinds import Kind

CATEGORIES = {kind: f"{kind.value}_state" for kind in Kind}
SOURCE_CATEGORY = "verifications"
KNOWN_CATEGORIES = frozenset({*CATEGORIES.values(), SOURCE_CATEGORY})


def state_key(kind: str, state_id: str) -> str:
    """``agent_state:<id>`` and so on.

    Plain concatenation: a Kind is a str, and hashing or formatting an enum costs more than the
    whole lookup that follows.
    """
    return kind + "_state:" + state_id


def source_key(source_id: str) -> str:
    """``verifications:<sourceId>``: the list of a source's verifications."""
    return f"{SOURCE_CATEGORY}:{source_id}"


def category_of(key: str) -> str | None:
    """The part before the colon, when it is a known category and something follows it."""
    category, _, rest = key.partition(":")
    return category if rest and category in KNOWN_CATEGORIES else None


def namespace(database: dict[str, Any], epoch: str) -> str:
    """What every shared key of one log begins with.

    Deployments that share a Redis, a restored database and a copy of one never share values. The
    braces keep all of a log's keys on one node of a cluster, which its scripts need.
    """
    parts = [database.get(name) for name in ("ENGINE", "HOST", "PORT", "NAME")]
    digest = hashlib.sha256(repr([*map(str, parts), epoch]).encode()).hexdigest()
    return f"{{lightning:{digest[:12]}}}"
