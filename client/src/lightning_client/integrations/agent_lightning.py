"""Agent Lightning: research runs as rollouts, verification confidence as rewards, and back.

`StoreBridge` speaks to a LightningStore of 0.3, `ServerBridge` to the HTTP API of 1.0.
"""

from collections.abc import AsyncIterator
from typing import Any

import httpx

from lightning_client import AsyncLightning, NotFound, ResearchState
from lightning_client.integrations.rollouts import (
    REWARD_SOURCE,
    merged_state,
    metadata_of,
    query_of,
    rewards_of,
    state_of,
)


class StoreBridge:
    """Between Lightning State and a ``LightningStore`` of Agent Lightning 0.3.

    bridge = StoreBridge(lightning, LightningStoreClient("http://127.0.0.1:4747"))
    rollout_id = await bridge.push("run-1")
    """

    def __init__(self, lightning: AsyncLightning, store: Any) -> None:
        self._lightning = lightning
        self._store = store

    async def push(self, research_id: str) -> str:
        """Make a rollout of a research, with a reward a verification; returns its id.

        What was pushed before is brought up to date: no rollout and no reward comes twice.

        Raises:
            NotFound: when there is no such research.
        """
        research = await self._lightning.get("research", research_id, facts=False)
        rollout_id = research.metadata.get("rolloutId")
        if rollout_id is None or await self._store.get_rollout_by_id(rollout_id) is None:
            attempted = await self._store.start_rollout(
                input={"query": research.query}, metadata=metadata_of(research)
            )
            rollout_id = str(attempted.rollout_id)
            await self._remember(research_id, rollout_id)
        attempt = await self._store.get_latest_attempt(rollout_id)
        if attempt is None:
            attempt = (await self._store.start_attempt(rollout_id)).attempt
        await self._push_rewards(research_id, rollout_id, attempt.attempt_id)
        status = state_of(research)
        if status != "queuing":
            await self._store.update_attempt(rollout_id, attempt.attempt_id, status=status)
            await self._store.update_rollout(rollout_id, status=status)
        return rollout_id

    async def pull(self, *, worker_id: str | None = None) -> str | None:
        """Take a rollout off the queue as a research; returns its id, None when there is none."""
        attempted = await self._store.dequeue_rollout(worker_id=worker_id)
        if attempted is None:
            return None
        research_id = f"rollout-{attempted.rollout_id}"
        await _create(self._lightning, research_id, attempted.rollout_id, attempted.input)
        return research_id

    async def _remember(self, research_id: str, rollout_id: str) -> None:
        await self._lightning.patch(
            "research", research_id, {"metadata": {"rolloutId": rollout_id}}
        )

    async def _push_rewards(self, research_id: str, rollout_id: str, attempt_id: str) -> None:
        from agentlightning.types import Span

        there = {
            (span.attributes or {}).get("lightning.verification_id")
            for span in await self._store.query_spans(rollout_id, attempt_id)
        }
        for verification in await self._lightning.verifications_for(research_id):
            if verification.verification_id in there:
                continue
            (reward,) = rewards_of([verification])
            sequence = await self._store.get_next_span_sequence_id(rollout_id, attempt_id)
            await self._store.add_span(
                Span.from_attributes(
                    attributes={
                        "agentlightning.reward.0.name": "confidence",
                        "agentlightning.reward.0.value": reward["value"],
                        "lightning.verification_id": verification.verification_id,
                    },
                    name="agentlightning.annotation",
                    rollout_id=rollout_id,
                    attempt_id=attempt_id,
                    sequence_id=sequence,
                )
            )


class ServerBridge:
    """Between Lightning State and the HTTP API of an Agent Lightning 1.0 server.

    Args:
        url: the server's, without ``/api``.
        key: the server's key.
    """

    def __init__(
        self,
        lightning: AsyncLightning,
        url: str,
        key: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._lightning = lightning
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/api", headers=headers, transport=transport
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def push(self, research_id: str) -> str:
        """Make a rollout of a research, with a reward a verification; returns its id.

        Raises:
            NotFound: when there is no such research.
            httpx.HTTPError: when the Agent Lightning server refuses, or is away.
        """
        research = await self._lightning.get("research", research_id, facts=False)
        rollout_id = str(research.metadata.get("rolloutId") or research_id)
        rollout = {
            "rollout_id": rollout_id,  # creating it again gives the one that is there
            "input": {"query": research.query, "data_id": research_id},
            "metadata": metadata_of(research),
        }
        await self._ask("POST", "/rollouts", json=[rollout])
        detail = await self._ask("GET", f"/rollouts/{rollout_id}")
        status = detail["rollout"]["status"]
        attempt = status.get("last_attempt_id") or "0"
        await self._push_rewards(research_id, rollout_id, attempt)
        for state in merged_state(status["state"], state_of(research)):
            body = {"status": {"state": state}}
            await self._ask("PATCH", f"/rollouts/{rollout_id}", json=body)
        return rollout_id

    async def pull(self, *, limit: int = 100) -> AsyncIterator[str]:
        """Every rollout that waits or runs there, as a research here; yields their ids."""
        states = [("state_in", "queuing"), ("state_in", "running"), ("limit", str(limit))]
        for rollout in await self._ask("GET", "/rollouts", params=states):
            research_id = (rollout.get("metadata") or {}).get("researchId")
            if research_id is None:
                research_id = f"rollout-{rollout['rollout_id']}"
                await _create(self._lightning, research_id, rollout["rollout_id"], rollout["input"])
            yield research_id

    async def _push_rewards(self, research_id: str, rollout_id: str, attempt: str) -> None:
        events = await self._ask("GET", f"/rollouts/{rollout_id}/events")
        there = {
            event["data"].get("message")
            for event in events
            if event["event_type"] == "reward" and event["data"].get("source") == REWARD_SOURCE
        }
        verifications = await self._lightning.verifications_for(research_id)
        for reward in rewards_of(verifications):
            if reward["message"] not in there:
                path = f"/rollouts/{rollout_id}/attempt/{attempt}/events"
                await self._ask("POST", path, json={"event_type": "reward", "data": reward})

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        answer = await self._http.request(method, path, **options)
        answer.raise_for_status()
        return answer.json()


async def _create(
    lightning: AsyncLightning, research_id: str, rollout_id: str, rollout_input: Any
) -> None:
    """A research for a rollout; one that is there stays as it is."""
    try:
        await lightning.get("research", research_id, facts=False)
    except NotFound:
        new = ResearchState(query=query_of(rollout_input), metadata={"rolloutId": rollout_id})
        await lightning.set("research", research_id, new)
