"""OpenAI Agents SDK: two agents, a tool and a hand-off, each agent a state of its own.

    pip install './client[openai-agents]'
    python examples/openai_agents_team.py

It needs no key and no network: the model answers from a script. Set OPENAI_API_KEY and a MODEL to
ask a real one.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
from lightning_client.integrations.environment import from_environment
from lightning_client.integrations.openai_agents import LightningRunHooks
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

set_tracing_disabled(True)


class Scripted(Model):
    """Calls the tools it is told to, then says something."""

    def __init__(self, *tools: str, answer: str) -> None:
        self._outputs: list[Any] = [
            ResponseFunctionToolCall(
                call_id=f"call-{tool}", name=tool, arguments="{}", type="function_call"
            )
            for tool in tools
        ]
        text = ResponseOutputText(text=answer, type="output_text", annotations=[])
        self._outputs.append(
            ResponseOutputMessage(
                id="1", content=[text], role="assistant", status="completed", type="message"
            )
        )

    async def get_response(self, *arguments: Any, **named: Any) -> ModelResponse:
        await asyncio.sleep(1)
        usage = Usage(requests=1, input_tokens=20, output_tokens=10, total_tokens=30)
        return ModelResponse(output=[self._outputs.pop(0)], usage=usage, response_id=None)

    def stream_response(self, *arguments: Any, **named: Any) -> AsyncIterator[Any]:
        raise NotImplementedError("this example does not stream")


@function_tool
def read_notes() -> str:
    """Reads the notes."""
    return "A lease is a lock that expires."


def model(*tools: str, answer: str) -> Any:
    return os.environ.get("MODEL") or Scripted(*tools, answer=answer)


async def main() -> int:
    writer = Agent(
        name="writer",
        instructions="Write one sentence.",
        model=model(answer="A lock expires so that a crashed holder blocks nobody."),
    )
    researcher = Agent(
        name="researcher",
        instructions="Read the notes, then hand off to the writer.",
        model=model("read_notes", "transfer_to_writer", answer=""),
        tools=[read_notes],
        handoffs=[writer],
    )
    async with LightningRunHooks(from_environment(), prefix="openai-") as hooks:
        result = await Runner.run(researcher, "Why do locks expire?", hooks=hooks)
    print(result.final_output)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
