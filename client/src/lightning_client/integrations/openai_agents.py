"""OpenAI Agents SDK: every agent of a run shows as a state of its own.

hooks = LightningRunHooks(lightning, prefix="support-")
await Runner.run(agent, "question", hooks=hooks)
"""

import asyncio
import re
import uuid
from typing import Any

from agents import RunHooks

from lightning_client import Lightning
from lightning_client.integrations.reporter import AgentReporter

_NO_ID = re.compile(r"[^A-Za-z0-9._:@-]+")


class LightningRunHooks(RunHooks[Any]):
    """Reports agents, hand-offs, models and tools of a run.

    Before every model call and every tool an agent that an operator has Paused waits. An error
    that ends a run passes no hook: use ``async with`` around it, so that the agents end Failed.

        async with LightningRunHooks(lightning) as hooks:
            await Runner.run(agent, "question", hooks=hooks)

    Args:
        prefix: in front of the agents' names, which are the states' ids.
    """

    def __init__(self, lightning: Lightning, *, prefix: str = "", **options: Any) -> None:
        self._lightning = lightning
        self._prefix = prefix
        self._options = options
        self._agents: dict[str, AgentReporter] = {}
        self._tasks: dict[str, str] = {}

    def agent_id(self, name: str) -> str:
        """The id of the state of an agent of this name."""
        return (self._prefix + _NO_ID.sub("-", name))[:200]

    async def on_agent_start(self, context: Any, agent: Any) -> None:
        task_id = uuid.uuid4().hex
        self._tasks[agent.name] = task_id
        await asyncio.to_thread(self._reporter(agent).begin, task_id)

    async def on_agent_end(self, context: Any, agent: Any, output: Any) -> None:
        await self._finish(agent, runs=1)

    async def on_handoff(self, context: Any, from_agent: Any, to_agent: Any) -> None:
        reporter = self._reporter(from_agent)
        await asyncio.to_thread(reporter.note, handedOffTo=self.agent_id(to_agent.name))
        await self._finish(from_agent, handoffs=1)

    async def on_llm_start(
        self, context: Any, agent: Any, system_prompt: str | None, input_items: list[Any]
    ) -> None:
        await asyncio.to_thread(self._reporter(agent).step, "model")

    async def on_llm_end(self, context: Any, agent: Any, response: Any) -> None:
        tokens = int(getattr(response.usage, "total_tokens", 0) or 0)
        await asyncio.to_thread(self._reporter(agent).measure, modelCalls=1, tokens=tokens)

    async def on_tool_start(self, context: Any, agent: Any, tool: Any) -> None:
        await asyncio.to_thread(self._reporter(agent).step, str(tool.name))

    async def on_tool_end(self, context: Any, agent: Any, tool: Any, result: object) -> None:
        await asyncio.to_thread(self._reporter(agent).measure, toolCalls=1)

    async def __aenter__(self) -> "LightningRunHooks":
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        for name, task_id in list(self._tasks.items()):
            if error is not None:
                reason = f"{type(error).__name__}: {error}"
                await asyncio.to_thread(self._agents[name].fail, task_id, reason)
        self._tasks.clear()
        self.close()

    def close(self) -> None:
        """Stop the heartbeats."""
        for reporter in self._agents.values():
            reporter.close()

    async def _finish(self, agent: Any, **measured: float) -> None:
        task_id = self._tasks.pop(agent.name, "")
        await asyncio.to_thread(self._reporter(agent).finish, task_id, **measured)

    def _reporter(self, agent: Any) -> AgentReporter:
        name: str = agent.name
        if name not in self._agents:
            self._agents[name] = AgentReporter(
                self._lightning, self.agent_id(name), "OpenAI", **self._options
            )
        return self._agents[name]
