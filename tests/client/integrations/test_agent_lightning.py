"""Agent Lightning's 0.3 store, the real one in memory."""

import os
from collections.abc import Callable

import pytest
from lightning_client import AsyncLightning, NotFound, ResearchState, VerificationState

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")  # else it asks GitHub for prices
pytest.importorskip("agentlightning", reason="make test-integrations installs it, 800 MB")

from agentlightning.emitter import find_final_reward
from agentlightning.store import InMemoryLightningStore
from lightning_client.integrations.agent_lightning import StoreBridge


async def test_a_research_becomes_a_rollout_with_rewards(
    async_lightning: AsyncLightning, new_id: Callable[[str], str]
) -> None:
    research_id, store = new_id("research"), InMemoryLightningStore()
    bridge = StoreBridge(async_lightning, store)
    research = ResearchState(query="Why?", status="InProgress")
    await async_lightning.set("research", research_id, research)
    rollout_id = await bridge.push(research_id)
    rollout = await store.get_rollout_by_id(rollout_id)
    assert rollout is not None
    assert (rollout.status, rollout.input) == ("running", {"query": "Why?"})
    assert rollout.metadata is not None
    assert rollout.metadata["researchId"] == research_id
    for number, confidence in enumerate((0.25, 0.9)):
        verification = VerificationState(
            source_id=research_id, content="c", confidence_score=confidence
        )
        await async_lightning.set("verification", f"{research_id}:{number}", verification)
    await async_lightning.patch("research", research_id, {"status": "Completed"})
    for _ in range(2):
        assert await bridge.push(research_id) == rollout_id
    spans = await store.query_spans(rollout_id)
    assert sorted(find_final_reward([span]) or 0.0 for span in spans) == [0.25, 0.9]
    rollout = await store.get_rollout_by_id(rollout_id)
    assert rollout is not None
    assert rollout.status == "succeeded"
    with pytest.raises(NotFound):
        await bridge.push(new_id("research"))


async def test_a_rollout_that_waits_becomes_a_research(async_lightning: AsyncLightning) -> None:
    store = InMemoryLightningStore()
    bridge = StoreBridge(async_lightning, store)
    assert await bridge.pull() is None
    rollout = await store.enqueue_rollout(input={"question": "What is a lease?"})
    research_id = await bridge.pull()
    assert research_id is not None
    research = await async_lightning.get("research", research_id)
    assert (research.query, research.status) == ("What is a lease?", "Pending")
    assert research.metadata["rolloutId"] == rollout.rollout_id
    assert await bridge.push(research_id) == rollout.rollout_id, "and goes back as the same one"
