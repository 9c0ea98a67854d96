"""Reads what .NET writes: enums by any name or number, its dates, nulls, fields of its own.

Names of members are matched as System.Text.Json does with its defaults for the web: in any case.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from state.domain.errors import Invalid
from state.domain.facts import FactShape
from state.domain.ids import checked_id
from state.domain.kinds import FACTS, Kind
from state.domain.times import format_time, parse_time

_ZERO_DATE = re.compile(r"0001-01-01T00:00:00(\.0+)?(Z|\+00:00)?", re.IGNORECASE)
_NO_ZONE = re.compile(r"[0-9-]{10}[Tt][0-9:]{8}(\.[0-9]+)?")
_FACT_STATUSES = ("Pending", "Verified", "Disputed", "Failed")
_FACT_NAMES = tuple(one.encode_name for one in msgspec.structs.fields(FactShape))
_OLDER_FACT_NAMES = {"sourceUrl": "source", "confidence": "confidenceScore"}
VERSION_LIMIT = 2**62


def members_of(value: Any, path: str) -> dict[str, Any]:
    """The members of an object, nulls left out; null is an empty one. Raises Invalid."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid.field(path, "must be a JSON object")
    return {name: member for name, member in value.items() if member is not None}


def known_members(value: Any, names: tuple[str, ...], path: str) -> dict[str, Any]:
    """The members with these names, in any case; others mean nothing. The exact name goes first."""
    given = members_of(value, path)
    by_lower = _by_lower(names)
    found: dict[str, Any] = {}
    for name, member in given.items():
        if name in names:
            found[name] = member
            continue
        known = by_lower.get(name.lower())
        if known is not None and known not in given:
            found[known] = member
    return found


@cache
def _by_lower(names: tuple[str, ...]) -> dict[str, str]:
    return {name.lower(): name for name in names}


def enum_member(value: Any, names: Sequence[str], path: str) -> str:
    """The name of an enum's member, written in any case or as its number; raises Invalid."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    if isinstance(value, str):
        for name in names:
            if name.lower() == value.lower():
                return name
    raise Invalid.field(path, f"must be one of {', '.join(names)}, or its number")


def date(value: Any, path: str) -> str | None:
    """An RFC 3339 text of a date as .NET writes it, UTC where it says no zone; None for the zero
    date. Raises Invalid.
    """
    if not isinstance(value, str):
        raise Invalid.field(path, "must be a date")
    if _ZERO_DATE.fullmatch(value):
        return None
    text = f"{value}Z" if _NO_ZONE.fullmatch(value) else value
    try:
        moment = parse_time(text)
    except ValueError as problem:
        raise Invalid.field(path, str(problem)) from problem
    return text if text.endswith("Z") else format_time(moment)


def text(given: dict[str, Any], name: str, path: str) -> str:
    """A required text; raises Invalid."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise Invalid.field(f"{path}{name}", "is required, a text")
    return value


def whole(value: Any, path: str, least: int, most: int) -> int:
    """An integer within limits, also when it is written 1.0; raises Invalid."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid.field(path, f"must be an integer from {least} to {most}")
    return value


def state_of(kind: Kind, value: Any, state_id: str = "") -> tuple[str, dict[str, Any], int | None]:
    """A state's id, its fields as ``/api/v1`` takes them, and its version; raises Invalid.

    ``state_id`` is the id where something else names it: a different one in the state is refused.
    """
    spec = kind.spec
    given = known_members(value, _state_names(kind), "state")
    own_id, version = given.pop(kind.id_field, "") or state_id, given.pop("version", None)
    if not isinstance(own_id, str) or not own_id:
        raise Invalid.field(f"state.{kind.id_field}", "is required")
    if state_id and own_id != state_id:
        raise Invalid.field(f"state.{kind.id_field}", "differs from the id it is sent under")
    if version is not None:
        version = whole(version, "state.version", 0, VERSION_LIMIT)
    if "status" in given:
        given["status"] = enum_member(given["status"], spec.statuses, "state.status")
    for name in spec.times:
        if name in given:
            given[name] = date(given[name], f"state.{name}")
            if given[name] is None:
                del given[name]
    if isinstance(given.get(FACTS), list):
        given[FACTS] = [_fact(one, f"state.{FACTS}[{at}]") for at, one in enumerate(given[FACTS])]
    return checked_id(own_id), given, version


def unknown_members(kind: Kind, state: dict[str, Any]) -> dict[str, Any]:
    """What a state has beside its fields, id and version; names begin with a small letter."""
    known = {name.lower() for name in _state_names(kind)}
    return {
        name[:1].lower() + name[1:]: member
        for name, member in state.items()
        if name.lower() not in known
    }


def _state_names(kind: Kind) -> tuple[str, ...]:
    return (*kind.spec.fields, kind.id_field, "version")


def _fact(value: Any, path: str) -> dict[str, Any]:
    fact = known_members(value, (*_FACT_NAMES, *_OLDER_FACT_NAMES), path)
    for older, today in _OLDER_FACT_NAMES.items():
        if older in fact:
            fact.setdefault(today, fact.pop(older))
            fact.pop(older, None)
    if not fact.get("id", True):
        del fact["id"]
    if "verificationStatus" in fact:
        where = f"{path}.verificationStatus"
        fact["verificationStatus"] = enum_member(fact["verificationStatus"], _FACT_STATUSES, where)
    if "extractedAt" in fact:
        fact["extractedAt"] = date(fact["extractedAt"], f"{path}.extractedAt")
    return {name: member for name, member in fact.items() if member is not None}
