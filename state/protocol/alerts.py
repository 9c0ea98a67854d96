"""Alerts over HTTP (contract §9): what is asked, and how the answer looks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta, Struct

from state.alerts.listing import AlertQuery
from state.alerts.rules import SEVERITIES
from state.domain import jsontext
from state.domain.errors import BadFilter
from state.domain.queries import number_in, parse_limit, write_token
from state.protocol.call import Answer, Call
from state.protocol.shapes import converted

_STATES = ("open", "closed", "all")


class Note(Struct, forbid_unknown_fields=True):
    """``POST /api/v1/alerts/{id}/acknowledge``."""

    note: Annotated[str, Meta(max_length=500)] = ""


def read_note(call: Call) -> str:
    """What the operator says; raises the refusals up to 422."""
    body, _ = jsontext.read(call.body)
    return converted(body, Note).note


def read_query(parameters: Mapping[str, str]) -> AlertQuery:
    """The list that is asked for; raises BadFilter or BadPage."""
    state = parameters.get("state") or "open"
    severity = parameters.get("severity", "")
    if state not in _STATES:
        raise BadFilter(f"state: must be one of {', '.join(_STATES)}.")
    if severity and severity not in SEVERITIES:
        raise BadFilter(f"severity: must be one of {', '.join(SEVERITIES)}.")
    query = AlertQuery(
        state, parameters.get("rule", ""), severity, parse_limit(parameters.get("limit"))
    )
    page = parameters.get("page")
    return replace(query, before=number_in(page, _told(query))) if page else query


def render_page(items: Sequence[Mapping[str, Any]], query: AlertQuery) -> Answer:
    """A page of alerts; ``items`` holds one more than the page when there are more."""
    shown = items[: query.limit]
    return Answer(200, jsontext.encode({"items": shown, "next": next_page(items, query)}))


def next_page(items: Sequence[Mapping[str, Any]], query: AlertQuery) -> str | None:
    """The token of the page behind these items, one of which is its first; None without."""
    if len(items) <= query.limit:
        return None
    return write_token([*_told(query), items[query.limit - 1]["id"]])


def _told(query: AlertQuery) -> list[str]:
    return ["alerts", query.state, query.rule, query.severity]
