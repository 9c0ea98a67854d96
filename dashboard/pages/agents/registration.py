"""What an agent of the Lightning wire said of itself when it registered."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from dashboard.parts.cells import Cell, time_cell
from dashboard.parts.properties import Property, present_properties

MEMBERS = frozenset({"clientId", "capabilities", "registeredAt", "isActive"})
"""The members of ``properties`` that a registration is (``state/protocol/wire/agents.py``)."""


class Registration(Struct, kw_only=True):
    client_id: str
    registered: Cell
    is_active: bool
    capabilities: list[Property]


def present_registration(properties: Mapping[str, Any]) -> Registration | None:
    """None for an agent that never registered."""
    registered_at, capabilities = properties.get("registeredAt"), properties.get("capabilities")
    if not isinstance(registered_at, str) or not isinstance(capabilities, dict):
        return None
    return Registration(
        client_id=str(properties.get("clientId") or ""),
        registered=time_cell(registered_at),
        is_active=properties.get("isActive", True) is True,
        capabilities=present_properties(capabilities),
    )


def other_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that are no part of a registration."""
    return {name: value for name, value in properties.items() if name not in MEMBERS}
