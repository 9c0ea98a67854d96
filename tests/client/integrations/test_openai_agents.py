"""The hooks of the OpenAI Agents SDK, with a model that answers from a script."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from lightning_client import Lightning

pytest.importorskip("agents", reason="make test-integrations installs openai-agents")

from agents import Agent, Model, ModelResponse, Runner, Usage, function_tool, set_tracing_disabled
from lightning_client.integrations.openai_agents import LightningRunHooks
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

from tests.client.integrations.conftest import PauseIt

set_tracing_disabled(True)
FAST = {"heartbeat_seconds": 0.1, "pause_poll_seconds": 0.02}


class Scripted(Model):
    """Answers with what it was given, in order."""

    def __init__(self, *outputs: Any) -> None:
        self._outputs = list(outputs)

    async def get_response(self, *arguments: Any, **named: Any) -> ModelResponse:
        output = self._outputs.pop(0)
        if isinstance(output, Exception):
            raise output
        usage = Usage(requests=1, input_tokens=3, output_tokens=4, total_tokens=7)
        return ModelResponse(output=[output], usage=usage, response_id=None)

    def stream_response(self, *arguments: Any, **named: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


def says(text: str) -> ResponseOutputMessage:
    content = ResponseOutputText(text=text, type="output_text", annotations=[])
    return ResponseOutputMessage(
        id="m", content=[content], role="assistant", status="completed", type="message"
    )


def calls(name: str) -> ResponseFunctionToolCall:
    return ResponseFunctionToolCall(
        call_id="c", name=name, arguments="{}", type="function_call", id="f"
    )


@pytest.fixture
def prefix(new_id: Callable[[str], str]) -> str:
    return new_id("team") + "-"


async def test_agents_tools_and_models_show(lightning: Lightning, prefix: str) -> None:
    seen: list[Any] = []

    @function_tool
    def look_up() -> str:
        """Looks up."""
        seen.append(lightning.get("agent", f"{prefix}Fact-finder", fresh=True))
        return "found"

    agent = Agent(
        name="Fact finder", model=Scripted(calls("look_up"), says("Done.")), tools=[look_up]
    )
    async with LightningRunHooks(lightning, prefix=prefix, **FAST) as hooks:
        result = await Runner.run(agent, "Find it.", hooks=hooks)
    assert result.final_output == "Done."
    assert (seen[0].status, seen[0].properties["step"]) == ("Processing", "look_up")
    after = lightning.get("agent", f"{prefix}Fact-finder", fresh=True)
    assert (after.status, after.active_task_ids) == ("Ready", [])
    assert after.performance_metrics == {"modelCalls": 2, "tokens": 14, "toolCalls": 1, "runs": 1}


async def test_a_hand_off_goes_from_one_to_the_other(lightning: Lightning, prefix: str) -> None:
    second = Agent(name="second", model=Scripted(says("Mine.")))
    first = Agent(name="first", model=Scripted(calls("transfer_to_second")), handoffs=[second])
    async with LightningRunHooks(lightning, prefix=prefix, **FAST) as hooks:
        await Runner.run(first, "Whose is it?", hooks=hooks)
    handed = lightning.get("agent", f"{prefix}first", fresh=True)
    assert (handed.status, handed.properties["handedOffTo"]) == ("Ready", f"{prefix}second")
    assert lightning.get("agent", f"{prefix}second").performance_metrics["runs"] == 1


async def test_a_run_that_fails_shows_why(lightning: Lightning, prefix: str) -> None:
    agent = Agent(name="a", model=Scripted(RuntimeError("model is gone")))
    with pytest.raises(RuntimeError, match="gone"):
        async with LightningRunHooks(lightning, prefix=prefix, **FAST) as hooks:
            await Runner.run(agent, "?", hooks=hooks)
    failed = lightning.get("agent", f"{prefix}a", fresh=True)
    assert (failed.status, failed.properties["error"]) == ("Failed", "RuntimeError: model is gone")


def test_a_paused_agent_waits_before_its_next_step(
    lightning: Lightning, prefix: str, pauses: PauseIt
) -> None:
    model = Scripted(says("One."), says("Two."))
    agent = Agent(name="a", model=model)
    hooks = LightningRunHooks(lightning, prefix=prefix, **FAST)
    Runner.run_sync(agent, "?", hooks=hooks)

    def run() -> None:
        import asyncio

        asyncio.run(Runner.run(agent, "?", hooks=hooks))

    pauses(f"{prefix}a", run)
    hooks.close()
    assert lightning.get("agent", f"{prefix}a", fresh=True).performance_metrics["runs"] == 2
