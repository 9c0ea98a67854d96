"""Invalidating cached things (contract §6): what is asked."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from state.domain import jsontext
from state.domain.cache_keys import KNOWN_CATEGORIES, category_of
from state.domain.errors import Invalid
from state.protocol.call import Call
from state.protocol.states import only_members

_NAME_LIMIT = 300


class Invalidation(Struct, forbid_unknown_fields=True):
    """Either a key or a category."""

    key: Annotated[str, Meta(max_length=_NAME_LIMIT)] | UnsetType = UNSET
    category: Literal[tuple(sorted(KNOWN_CATEGORIES))] | UnsetType = UNSET  # type: ignore[valid-type]


def invalidated_name(call: Call) -> str:
    """The key or the category to drop; raises Invalid for both, neither, or an unknown one."""
    return name_in(jsontext.parse(call.body))


def name_in(asked: Any) -> str:
    """The key or the category that an object names; raises Invalid likewise."""
    body = only_members(asked, {"key", "category"})
    if len(body) != 1:
        raise Invalid.field("", "must have either a key or a category")
    ((member, name),) = body.items()
    known = ", ".join(sorted(KNOWN_CATEGORIES))
    if not isinstance(name, str) or len(name) > _NAME_LIMIT:
        raise Invalid.field(member, f"must be text of at most {_NAME_LIMIT} characters")
    if member == "category" and name not in KNOWN_CATEGORIES:
        raise Invalid.field(member, f"must be one of {known}")
    if member == "key" and category_of(name) is None:
        raise Invalid.field(member, f"must be <category>:<id>, its category one of {known}")
    return name
