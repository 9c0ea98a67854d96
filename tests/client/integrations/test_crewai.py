"""CrewAI's listener, with a model that answers from a script."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lightning_client import Lightning

os.environ.setdefault("CREWAI_DISABLE_TELEMETRY", "true")
os.environ.setdefault("CREWAI_TRACING_ENABLED", "false")
os.environ.setdefault("OTEL_SDK_DISABLED", "true")
pytest.importorskip("crewai", reason="make test-integrations installs it, a gigabyte")

from crewai import Agent, BaseLLM, Crew, Task
from crewai.events import crewai_event_bus
from lightning_client.integrations.crewai import LightningListener

from tests.client.integrations.conftest import PauseIt

FAST = {"heartbeat_seconds": 0.1, "pause_poll_seconds": 0.02}


class Scripted(BaseLLM):
    """Has one answer, or an error."""

    def __init__(self, answer: str) -> None:
        super().__init__(model="scripted")
        self._answer = answer

    def call(self, messages: Any, *arguments: Any, **named: Any) -> str:
        if self._answer == "fail":
            raise RuntimeError("model is gone")
        return f"Thought: I now can give a great answer\nFinal Answer: {self._answer}"


def crew_of(listener: LightningListener, *answers: str) -> Crew:
    agents = [
        Agent(
            role=f"Member {number}",
            goal="g",
            backstory="b",
            llm=Scripted(answer),
            max_retry_limit=0,
        )
        for number, answer in enumerate(answers, start=1)
    ]
    tasks = [
        Task(description=f"Task of {agent.role}", expected_output="o", agent=agent)
        for agent in agents
    ]
    return Crew(
        agents=agents, tasks=tasks, step_callback=listener.step, task_callback=listener.step
    )


@pytest.fixture
def listener(lightning: Lightning, new_id: Callable[[str], str]) -> Iterator[LightningListener]:
    with crewai_event_bus.scoped_handlers():
        made = LightningListener(
            lightning, prefix=f"{new_id('crew')}-", research_id=new_id("research"), **FAST
        )
        yield made
        made.close()


def test_a_crew_shows_as_agents_and_a_research(
    lightning: Lightning, listener: LightningListener
) -> None:
    assert "Second" in str(crew_of(listener, "First.", "Second.").kickoff())
    crewai_event_bus.flush()
    for role in ("Member 1", "Member 2"):
        agent = lightning.get("agent", listener.agent_id(role), fresh=True)
        assert (agent.status, agent.active_task_ids) == ("Ready", [])
        assert agent.performance_metrics == {"tasks": 1}
        assert agent.properties["task"] == f"Task of {role}"
    research = lightning.get("research", listener._research.research_id, fresh=True)  # type: ignore[union-attr]
    assert (research.status, research.iteration_count) == ("Completed", 2)


def test_a_crew_that_fails_shows_why(lightning: Lightning, listener: LightningListener) -> None:
    with pytest.raises(RuntimeError, match="gone"):
        crew_of(listener, "fail").kickoff()
    crewai_event_bus.flush()
    agent = lightning.get("agent", listener.agent_id("Member 1"), fresh=True)
    assert agent.status == "Failed"
    assert "model is gone" in agent.properties["error"]
    research = lightning.get("research", listener._research.research_id, fresh=True)  # type: ignore[union-attr]
    assert research.status == "Failed"


def test_a_paused_crew_stands_still_after_its_step(
    lightning: Lightning, listener: LightningListener, pauses: PauseIt
) -> None:
    crew_of(listener, "First.").kickoff()
    crewai_event_bus.flush()
    pauses(listener.agent_id("Member 1"), lambda: crew_of(listener, "Again.").kickoff())
