"""The shapes of a kind on the wire, made from the kind's own: as answered, as written, as patched.

They are for the documentation and for whoever checks answers against it; what comes in is checked
by the domain, which this is derived from.
"""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from state.domain.facts import FactShape
from state.domain.kinds import FACTS, Id, Kind
from state.operations.shapes import Fact, Time, Version

_IGNORED = Annotated[Any, Meta(description="The server's; ignored.")]
_SERVERS: dict[str, Any] = {"createdAt": Time, "lastUpdated": Time, "version": Version}


@dataclass(frozen=True, slots=True)
class KindShapes:
    """What the calls of one kind take and answer."""

    state: Any
    listed: Any
    written: Any
    patch: Any


def _answered(kind: Kind, *, with_facts: bool) -> Any:
    """Every field is there, besides those that are asked for or left out on demand."""
    fields: list[Any] = [(kind.id_field, Id)]
    for name, field in kind.spec.fields.items():
        shape: Any = field.type
        if name == FACTS:
            fields.append(("factCount", Annotated[int, Meta(ge=0)]))
            if with_facts:
                fields.append((name, list[Fact] | UnsetType, UNSET))
        elif name in kind.spec.times:
            fields.append((name, Time | None if name == kind.spec.time_of_ending else Time))
        else:
            fields.append((name, shape))
    fields += _SERVERS.items()
    if kind is Kind.AGENT:
        fields.append(("lastSeen", Time | None | UnsetType, UNSET))
    name = kind.capitalize() + ("" if with_facts else "Listed")
    return msgspec.defstruct(name, fields, kw_only=True)


def _taken(kind: Kind, *, patch: bool) -> Any:
    """What may be sent: the kind's fields, and the server's, which are ignored."""
    fields: list[Any] = []
    for name, field in kind.spec.fields.items():
        shape: Any = field.type
        if name == FACTS:
            shape = list[FactShape]
        elif name in kind.spec.times:
            shape = Time
        if field.required:
            fields.append((name, shape | UnsetType, UNSET) if patch else (name, shape))
        else:
            nullable = patch or name == kind.spec.time_of_ending
            fields.append(
                (name, shape | None | UnsetType if nullable else shape | UnsetType, UNSET)
            )
    same_id = Annotated[str, Meta(description="The id in the path, or nothing.")]
    fields.append((kind.id_field, same_id | UnsetType, UNSET))
    servers = sorted(kind.spec.server_fields - {kind.id_field})
    fields += [(name, _IGNORED, None) for name in servers]
    name = kind.capitalize() + ("Patch" if patch else "Written")
    return msgspec.defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)


def _shapes_of(kind: Kind) -> KindShapes:
    state = _answered(kind, with_facts=True)
    return KindShapes(
        state=state,
        listed=_answered(kind, with_facts=False) if kind.has_facts else state,
        written=_taken(kind, patch=False),
        patch=_taken(kind, patch=True),
    )


SHAPES_OF: dict[Kind, KindShapes] = {kind: _shapes_of(kind) for kind in Kind}
