"""Batches, lists, history, snapshots through the client."""

from collections.abc import Callable
from datetime import datetime

import pytest
from lightning_client import (
    AgentState,
    AsyncLightning,
    BadFilter,
    BatchRejected,
    CursorExpired,
    Lightning,
    LightningError,
    NotFound,
    ResearchState,
)

from tests.client.conftest import NewClient

NewId = Callable[[str], str]
TEAM = 5


@pytest.fixture
def team(lightning: Lightning, new_id: NewId) -> list[str]:
    """Agents at version 1 with a type of their own."""
    name = new_id("Type")
    ids = [f"{name}-{number}" for number in range(TEAM)]
    lightning.set_many(
        "agent", {one: AgentState(agent_type=name, status="Ready") for one in ids}, atomic=True
    )
    return ids


def test_many_states_come_in_one_call(lightning: Lightning, team: list[str]) -> None:
    found = lightning.get_many("agent", [*team, "nobody", *team])
    assert list(found) == team
    assert {state.version for state in found.values()} == {1}
    assert lightning.get_many("agent", []) == {}


def test_each_state_of_a_batch_is_judged_by_its_version(
    lightning: Lightning, team: list[str]
) -> None:
    states = lightning.get_many("agent", team)
    lightning.update_agent_status(team[0], "Paused")
    for state in states.values():
        state.status = "Processing"
    first, *others = lightning.set_many("agent", states)
    assert (first.status, first.succeeded) == (412, False)
    assert first.error is not None
    assert first.error["currentVersion"] == 2
    assert all(result.succeeded and result.version == 2 for result in others)
    assert states[team[1]].version == 2, "the states learn their versions"
    assert lightning.get("agent", team[0]).status == "Paused"


def test_an_atomic_batch_is_all_or_nothing(lightning: Lightning, team: list[str]) -> None:
    lightning.update_agent_status(team[0], "Paused")
    items = [{"id": one, "patch": {"status": "Failed"}, "ifMatch": 1} for one in team]
    with pytest.raises(BatchRejected) as refusal:
        lightning.batch("agent", items, atomic=True)
    assert [result["status"] for result in refusal.value.results] == [412, 424, 424, 424, 424]
    assert {one.status for one in lightning.get_many("agent", team[1:]).values()} == {"Ready"}
    deleted = lightning.batch("agent", [{"id": team[1], "delete": True, "ifMatch": "*"}])
    assert deleted[0].status == 204


def test_a_list_is_read_to_its_end(lightning: Lightning, team: list[str]) -> None:
    agent_type = lightning.get("agent", team[0]).agent_type
    states = lightning.states("agent", agent_type=agent_type, ordering="-id", limit=2)
    assert [state.agent_id for state in states] == team[::-1]
    page = lightning.page("agent", agent_type=agent_type, limit=2)
    rest = lightning.page("agent", agent_type=agent_type, limit=2, page=page.next)
    assert [state.agent_id for state in page.items + rest.items] == team[:4]
    assert lightning.page("agent", agent_type=agent_type).next is None
    with pytest.raises(BadFilter):
        lightning.page("agent", ordering="colour")


def test_list_then_watch_has_no_gap(lightning: Lightning, team: list[str]) -> None:
    cursor = lightning.page("agent", limit=1).cursor
    lightning.update_agent_status(team[0], "Paused")
    assert next(lightning.watch(ids=team, after=cursor)).id == team[0]


def test_research_is_listed_without_its_facts(lightning: Lightning, new_id: NewId) -> None:
    research_id = new_id("research")
    lightning.set("research", research_id, ResearchState(query=research_id))
    lightning.add_facts(research_id, [{"content": "A fact."}])
    (found,) = lightning.states("research", q=research_id)
    assert (found.fact_count, found.extracted_facts) == (1, None)


def test_the_past_is_there(lightning: Lightning, new_client: NewClient, team: list[str]) -> None:
    agent_id = team[0]
    before = lightning.summary()["cursor"]
    lightning.patch("agent", agent_id, {"status": "Paused"}, reason="lunch")
    lightning.patch("agent", agent_id, {"status": "Ready"})
    history = list(lightning.history("agent", agent_id, page_size=2))
    assert [change.version for change in history] == [3, 2, 1]
    assert (history[1].reason, history[1].actor != "") == ("lunch", True)
    assert lightning.get("agent", agent_id, version=2).status == "Paused"
    assert lightning.diff("agent", agent_id, 1, 2).new_values == {"status": "Paused"}
    with pytest.raises(NotFound):
        lightning.get("agent", agent_id, version=9)
    restored = new_client("operator").restore("agent", agent_id, 2, reason="again")
    assert (restored.version, restored.status) == (4, "Paused")
    then = {state.agent_id: state for state in _agents(lightning, before)}
    assert (then[agent_id].version, then[agent_id].status) == (1, "Ready")
    now = {state.agent_id: state for state in _agents(lightning, None)}
    assert now[agent_id].version == 4


def _agents(lightning: Lightning, at: str | datetime | None) -> list[AgentState]:
    return [state for state in lightning.snapshot(at) if isinstance(state, AgentState)]


def test_a_snapshot_that_cannot_be_taken_is_refused(lightning: Lightning) -> None:
    with pytest.raises(LightningError) as refusal:
        list(lightning.snapshot("nonsense"))
    assert not isinstance(refusal.value, CursorExpired)
    assert refusal.value.status == 400


async def test_the_awaiting_client_reads_the_past_too(
    async_lightning: AsyncLightning, team: list[str]
) -> None:
    history = [change.version async for change in async_lightning.history("agent", team[0])]
    assert history == [1]
    states = [state async for state in async_lightning.snapshot()]
    assert {state.agent_id for state in states if isinstance(state, AgentState)} >= set(team)


def test_heartbeats_go_on_in_the_background(lightning: Lightning, team: list[str]) -> None:
    with lightning.heartbeat(*team, every_seconds=0.05):
        seen = lightning.get("agent", team[0], last_seen=True).last_seen
        while seen is None:
            seen = lightning.get("agent", team[0], last_seen=True).last_seen
    assert lightning.get("agent", team[0]).version == 1
