"""Lists of the past: the filters and orders of the lists of now, judged on JSON."""

from typing import Any

import pytest

from state.domain.kinds import Kind
from state.domain.queries import ListQuery
from state.domain.selection import first_of, matches

AGENT = {
    "agentId": "a1",
    "agentType": "Researcher",
    "status": "Ready",
    "properties": {"Name": 'Ada "Quote" Ünal', "port": 8080, "ratio": 0.25, "on": True},
    "createdAt": "2026-01-01T00:00:00.000000Z",
    "lastUpdated": "2026-01-02T00:00:00.000000Z",
}
CHECK = {"verificationId": "v1", "sourceId": "s1", "isVerified": True, "confidenceScore": 0.7}


def query(kind: Kind = Kind.AGENT, **parameters: str) -> ListQuery:
    return ListQuery.parse(kind, parameters)


@pytest.mark.parametrize(
    ("kind", "document", "parameters", "fits"),
    [
        (Kind.AGENT, AGENT, {}, True),
        (Kind.AGENT, AGENT, {"status": "Ready"}, True),
        (Kind.AGENT, AGENT, {"status": "Paused"}, False),
        (Kind.AGENT, AGENT, {"status": "Ready", "agentType": "Critic"}, False),
        (Kind.AGENT, AGENT, {"updatedSince": "2026-01-02T00:00:00Z"}, True),
        (Kind.AGENT, AGENT, {"updatedSince": "2026-01-02T01:00:00+00:30"}, False),
        (Kind.AGENT, AGENT, {"q": 'ada "quote" ü'}, True),
        (Kind.AGENT, AGENT, {"q": "808"}, True),
        (Kind.AGENT, AGENT, {"q": "0.25"}, True),
        (Kind.AGENT, AGENT, {"q": "port"}, False),
        (Kind.AGENT, AGENT, {"q": "true"}, False),
        (Kind.VERIFICATION, CHECK, {"sourceId": "s1", "verified": "true"}, True),
        (Kind.VERIFICATION, CHECK, {"verified": "false"}, False),
        (Kind.VERIFICATION, CHECK, {"minConfidence": "0.7"}, True),
        (Kind.VERIFICATION, CHECK, {"minConfidence": "0.71"}, False),
    ],
)
def test_filters_mean_what_they_mean_in_the_lists_of_now(
    kind: Kind, document: dict[str, Any], parameters: dict[str, str], fits: bool
) -> None:
    assert matches(query(kind, **parameters), document) is fits


def agents(*numbers: int) -> list[dict[str, Any]]:
    """Those with an even number were created in the same moment, before the others."""
    return [
        AGENT
        | {"agentId": f"a{number}", "createdAt": f"2026-01-0{1 + number % 2}T00:00:00.000000Z"}
        for number in numbers
    ]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("id", ["a1", "a2", "a3", "a4"]),
        ("-id", ["a4", "a3", "a2", "a1"]),
        ("createdAt", ["a2", "a4", "a1", "a3"]),
        ("-createdAt", ["a3", "a1", "a4", "a2"]),
    ],
)
def test_every_state_comes_once_in_order_whatever_the_page(
    ordering: str, expected: list[str]
) -> None:
    documents = [(each, each["agentId"]) for each in agents(3, 1, 4, 2)]
    assert [one for _, one in first_of(query(ordering=ordering), documents, 9)] == expected
    turned, page = [], ""
    while len(turned) < 4:
        asked = query(ordering=ordering, page=page)
        [(place, state_id)] = first_of(asked, documents, 1)
        turned.append(state_id)
        page = asked.token(*place)
    assert turned == expected
    assert first_of(query(ordering=ordering, page=page), documents, 1) == []
