"""One state through the client: what it sends, what it refuses, what it gives back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from lightning_client import (
    AgentState,
    AsyncLightning,
    Fact,
    IllegalTransition,
    Invalid,
    Lightning,
    NotFound,
    ResearchState,
    VerificationRejected,
    VerificationState,
    VersionConflict,
)

from tests.client.conftest import NewClient
from tests.rig.server import Server

NewId = Callable[[str], str]


def test_a_new_state_is_created_and_read_back(lightning: Lightning, new_id: NewId) -> None:
    agent_id = new_id("agent")
    properties = {"名": "値", "nested": {"list": [1, None, 2**64 - 1, -(2**63)]}, "": ""}
    state = AgentState(agent_type="Researcher", status="Ready", properties=properties)
    stored = lightning.set("agent", agent_id, state)
    read = lightning.get("agent", agent_id)
    assert read == stored
    assert (read.agent_id, read.version, read.properties) == (agent_id, 1, properties)
    assert read.created_at is not None
    assert read.created_at.tzinfo is not None


def test_a_reason_may_have_lines(lightning: Lightning, agent_id: str) -> None:
    said = "  it broke:\r\n\tthe lamp\0 \udc80 待って\u2028"
    lightning.patch("agent", agent_id, {"properties": {"step": 1}}, reason=said)
    assert next(lightning.history("agent", agent_id)).reason == "it broke: the lamp 待って"


def test_a_key_may_come_from_a_file_with_a_last_line(server: Server, agent_id: str) -> None:
    with Lightning(server.url, server.backend.keys["agent"] + "\n") as client:
        assert client.get("agent", agent_id).version == 1


def test_a_new_state_replaces_nothing(lightning: Lightning, agent_id: str) -> None:
    with pytest.raises(VersionConflict) as refusal:
        lightning.set("agent", agent_id, AgentState(agent_type="Other", status="Ready"))
    assert refusal.value.current_version == 1
    assert lightning.get("agent", agent_id).agent_type == "Researcher"


def test_it_replaces_the_version_read_and_no_other(lightning: Lightning, agent_id: str) -> None:
    first, second = lightning.get("agent", agent_id), lightning.get("agent", agent_id)
    first.status = "Processing"
    assert lightning.set("agent", agent_id, first).version == 2
    second.status = "Failed"
    with pytest.raises(VersionConflict) as refusal:
        lightning.set("agent", agent_id, second)
    assert (refusal.value.current_version, refusal.value.status) == (2, 412)
    assert lightning.get("agent", agent_id).status == "Processing"


def test_a_state_that_was_stored_can_be_changed_and_stored_again(
    lightning: Lightning, new_id: NewId
) -> None:
    research_id = new_id("research")
    research = ResearchState(query="Why?")
    lightning.set("research", research_id, research)
    assert research.version == 1
    assert research.started_at is not None
    research.status = "InProgress"
    lightning.set("research", research_id, research)
    research.status = "Completed"
    lightning.set("research", research_id, research)
    assert (research.version, research.completed_at is not None) == (3, True)


@pytest.mark.parametrize("is_there", [True, False])
def test_overwriting_stores_whatever_is_there(
    lightning: Lightning, new_id: NewId, is_there: bool
) -> None:
    agent_id = new_id("agent")
    if is_there:
        lightning.set("agent", agent_id, AgentState(agent_type="Old", status="Ready"))
    new = AgentState(agent_type="New", status="Ready")
    stored = lightning.set("agent", agent_id, new, overwrite=True)
    assert (stored.agent_type, stored.version) == ("New", 2 if is_there else 1)


def test_patches_of_different_fields_survive_each_other(
    lightning: Lightning, agent_id: str
) -> None:
    lightning.patch("agent", agent_id, {"properties": {"step": 1}})
    lightning.patch("agent", agent_id, {"active_task_ids": ["t1"], "properties": {"page": 2}})
    state = lightning.get("agent", agent_id)
    assert (state.properties, state.active_task_ids) == ({"step": 1, "page": 2}, ["t1"])
    assert lightning.patch("agent", agent_id, {"properties": {"step": None}}).properties == {
        "page": 2
    }
    with pytest.raises(VersionConflict):
        lightning.patch("agent", agent_id, {"properties": {}}, version=1)


def test_what_is_deleted_is_gone_and_can_be_restored(
    lightning: Lightning, new_client: NewClient, agent_id: str
) -> None:
    with pytest.raises(VersionConflict):
        lightning.delete("agent", agent_id, version=9)
    lightning.delete("agent", agent_id)
    for call in (lightning.get, lightning.delete):
        with pytest.raises(NotFound):
            call("agent", agent_id)
    restored = new_client("operator").restore("agent", agent_id, 1)
    assert (restored.version, restored.status) == (3, "Ready")


def test_a_refusal_says_what_is_wrong(lightning: Lightning, agent_id: str) -> None:
    with pytest.raises(Invalid) as invalid:
        lightning.patch("agent", agent_id, {"performanceMetrics": {"x": "many"}})
    assert invalid.value.errors[0]["field"].startswith("performanceMetrics")
    assert invalid.value.request_id
    lightning.update_agent_status(agent_id, "Completed")
    with pytest.raises(IllegalTransition):
        lightning.update_agent_status(agent_id, "Paused")
    with pytest.raises(ValueError, match="JSON"):
        lightning.patch("agent", agent_id, {"performanceMetrics": {"x": float("nan")}})
    with pytest.raises(TypeError, match="VerificationState"):
        lightning.set("agent", agent_id, VerificationState(source_id="s", content="c"))
    with pytest.raises(ValueError, match="not a kind"):
        lightning.get("robot", "x")  # type: ignore[call-overload]


# --- update -------------------------------------------------------------------------------------


def test_no_update_is_lost(lightning: Lightning, new_client: NewClient, agent_id: str) -> None:
    def add_one(state: AgentState) -> None:
        state.properties["count"] = state.properties.get("count", 0) + 1

    clients = [new_client() for _ in range(4)]
    start = threading.Barrier(len(clients))

    def work(client: Lightning) -> None:
        start.wait()
        for _ in range(5):
            client.update("agent", agent_id, add_one)

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(work, clients))
    state = lightning.get("agent", agent_id, fresh=True)
    assert (state.properties["count"], state.version) == (20, 21)


def test_an_update_that_changes_nothing_writes_nothing(lightning: Lightning, agent_id: str) -> None:
    assert lightning.update("agent", agent_id, lambda state: None).version == 1
    shorthand = lightning.update("agent", agent_id, lambda s: s.properties.update(step=3))
    assert (shorthand.version, shorthand.properties) == (2, {"step": 3})
    other = AgentState(agent_type="Other", status="Ready")
    assert lightning.update("agent", agent_id, lambda _: other).agent_type == "Other"


def test_an_update_of_what_is_not_there_is_refused(lightning: Lightning, new_id: NewId) -> None:
    with pytest.raises(NotFound):
        lightning.update("agent", new_id("agent"), lambda state: None)


# --- research and verifications -----------------------------------------------------------------


@pytest.fixture
def research_id(lightning: Lightning, new_id: NewId) -> str:
    research = new_id("research")
    lightning.set("research", research, ResearchState(query="Why?", status="InProgress"))
    return research


def test_facts_are_appended_once(lightning: Lightning, research_id: str) -> None:
    facts = [
        Fact(content="A lease expires.", source="a.md", confidence_score=0.9),
        {"content": "B"},
    ]
    assert lightning.add_facts(research_id, facts).added == 2
    assert lightning.add_facts(research_id, facts).added == 0
    read = lightning.get("research", research_id)
    assert read.extracted_facts is not None
    assert [fact.content for fact in read.extracted_facts] == ["A lease expires.", "B"]
    assert [fact.content for fact in lightning.facts(research_id)] == ["A lease expires.", "B"]
    lightning.add_facts(research_id, [{"content": "C"}])
    newest = next(lightning.facts(research_id, newest_first=True))
    assert newest.content == "C"


def test_a_write_leaves_facts_alone_that_were_not_read(
    lightning: Lightning, research_id: str
) -> None:
    lightning.add_facts(research_id, [Fact(content="A lease expires.")])
    without = lightning.get("research", research_id, facts=False)
    assert (without.extracted_facts, without.fact_count) == (None, 1)
    without.sources = ["a.md"]
    lightning.set("research", research_id, without)
    lightning.update("research", research_id, lambda r: r.metadata.update(step=1), facts=False)
    lightning.update("research", research_id, lambda r: r.metadata.update(step=2))
    assert lightning.get("research", research_id).fact_count == 1
    emptied = lightning.get("research", research_id)
    emptied.extracted_facts = []
    assert lightning.set("research", research_id, emptied).fact_count == 0


def test_progress_never_goes_down(lightning: Lightning, research_id: str) -> None:
    state = lightning.update_research_progress(research_id, 3, 0.85)
    assert (state.iteration_count, state.current_quality_score) == (3, 0.85)
    with pytest.raises(VerificationRejected) as refusal:
        lightning.update_research_progress(research_id, 2, 0.85)
    assert "never goes down" in refusal.value.issues[0]


def test_verifications_of_a_source_come_newest_first(
    lightning: Lightning, research_id: str, new_id: NewId
) -> None:
    for day in (2, 1, 3):
        verification = VerificationState(
            source_id=research_id,
            content=f"day {day}",
            verified_at=datetime(2026, 1, day, tzinfo=UTC),
        )
        lightning.set("verification", new_id("verification"), verification)
    found = lightning.verifications_for(research_id)
    assert [one.content for one in found] == ["day 3", "day 2", "day 1"]
    assert lightning.verifications_for("nothing") == []


# --- awaited ------------------------------------------------------------------------------------


async def test_the_awaiting_client_does_the_same(
    async_lightning: AsyncLightning, new_id: NewId
) -> None:
    agent_id = new_id("agent")
    state = AgentState(agent_type="Researcher", status="Ready")
    await async_lightning.set("agent", agent_id, state)
    await async_lightning.update("agent", agent_id, lambda s: s.properties.update(step=3))
    read = await async_lightning.get("agent", agent_id)
    assert (read.version, read.properties) == (2, {"step": 3})
    with pytest.raises(VersionConflict):
        await async_lightning.set("agent", agent_id, state)
    found = [one.agent_id async for one in async_lightning.states("agent", q=agent_id)]
    assert found == [agent_id]
