"""What is looked for in the log, as an address says it."""

from datetime import UTC, datetime

import pytest

from state.changelog.change_query import ChangeQuery
from state.domain.errors import BadFilter, BadPage
from state.domain.kinds import Kind


def test_every_filter_is_read_and_empty_ones_ask_for_nothing() -> None:
    query = ChangeQuery.parse(
        {
            "kind": "agent",
            "id": "a:1",
            "actor": "olga",
            "changeType": "StatusChanged",
            "field": "status",
            "reason": "50%",
            "forced": "true",
            "since": "2026-01-31T12:00:00Z",
            "until": "",
        }
    )
    assert query == ChangeQuery(
        kind=Kind.AGENT,
        state_id="a:1",
        actor="olga",
        change_type="StatusChanged",
        field="status",
        reason="50%",
        forced=True,
        since=datetime(2026, 1, 31, 12, tzinfo=UTC),
    )
    assert ChangeQuery.parse({"kind": "", "reason": ""}) == ChangeQuery()


@pytest.mark.parametrize(
    "parameters",
    [
        {"unknown": "1"},
        {"kind": "agents"},
        {"id": "a b"},
        {"changeType": "Renamed"},
        {"field": "no' or 1=1"},
        {"forced": "yes"},
        {"since": "yesterday"},
        {"reason": "x" * 501},
        {"actor": "\x00"},
        {"limit": "0"},
    ],
)
def test_what_is_not_known_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(BadFilter):
        ChangeQuery.parse(parameters)


def test_a_page_token_holds_for_its_filters_only() -> None:
    token = ChangeQuery(actor="olga").token(41)
    assert ChangeQuery.parse({"actor": "olga", "page": token}).before == 41
    for parameters in ({}, {"actor": "otto"}, {"actor": "olga", "kind": "agent"}):
        with pytest.raises(BadPage):
            ChangeQuery.parse({**parameters, "page": token})
    with pytest.raises(BadPage):
        ChangeQuery.parse({"page": "bm9uc2Vuc2U"})
