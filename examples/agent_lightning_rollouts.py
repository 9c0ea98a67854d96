"""Agent Lightning: a research becomes a rollout, its verifications become rewards, and back.

    pip install './client[agent-lightning]'
    python examples/agent_lightning_rollouts.py

It keeps the rollouts in memory; name a running 0.3 store with AGENT_LIGHTNING_STORE.
"""

import asyncio
import os
import sys
import uuid
from typing import Any

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")  # else it asks GitHub for prices

from agentlightning.emitter import find_final_reward
from agentlightning.store import InMemoryLightningStore, LightningStoreClient
from lightning_client import AsyncLightning, ResearchState, VerificationState
from lightning_client.integrations.agent_lightning import StoreBridge


async def main() -> int:
    url = os.environ.get("LIGHTNING_URL", "http://127.0.0.1:8000")
    named = os.environ.get("AGENT_LIGHTNING_STORE")
    store: Any = LightningStoreClient(named) if named else InMemoryLightningStore()
    async with AsyncLightning(url, os.environ.get("LIGHTNING_API_KEY")) as lightning:
        research_id = f"rollout-example-{uuid.uuid4().hex[:8]}"
        research = ResearchState(query="Why do locks expire?", status="Completed")
        await lightning.set("research", research_id, research)
        verification = VerificationState(
            source_id=research_id,
            content="A crashed holder blocks nobody.",
            confidence_score=0.9,
            is_verified=True,
        )
        await lightning.set("verification", f"{research_id}:1", verification)

        bridge = StoreBridge(lightning, store)
        rollout_id = await bridge.push(research_id)
        rollout = await store.get_rollout_by_id(rollout_id)
        reward = find_final_reward(await store.query_spans(rollout_id))
        print(f"{research_id} is rollout {rollout_id}: {rollout.status}, reward {reward}")

        await store.enqueue_rollout(input={"question": "What is a fencing token?"})
        print(f"and a rollout that waited is research {await bridge.pull()}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
