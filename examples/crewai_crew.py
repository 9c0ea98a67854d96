"""CrewAI: a crew of two shows as two agents and a research.

    pip install './client[crewai]'
    python examples/crewai_crew.py

It needs no key and no network: the model answers from a script. Pause `crewai-Researcher` in the
dashboard and the crew stands still after its current step.
"""

import os
import sys
import time
from typing import Any

os.environ.setdefault("CREWAI_DISABLE_TELEMETRY", "true")
os.environ.setdefault("CREWAI_TRACING_ENABLED", "false")
os.environ.setdefault("OTEL_SDK_DISABLED", "true")

from crewai import Agent, BaseLLM, Crew, Task
from lightning_client.integrations.crewai import LightningListener
from lightning_client.integrations.environment import from_environment


class Scripted(BaseLLM):
    """Has one answer."""

    def __init__(self, answer: str) -> None:
        super().__init__(model="scripted")
        self._answer = answer

    def call(self, messages: Any, *arguments: Any, **named: Any) -> str:
        time.sleep(1)
        return f"Thought: I now can give a great answer\nFinal Answer: {self._answer}"


def member(role: str, answer: str) -> Agent:
    return Agent(role=role, goal="Answer", backstory="Reads much.", llm=Scripted(answer))


def main() -> int:
    lightning = from_environment()
    research_id = f"crew-{time.strftime('%Y%m%d-%H%M%S')}"
    listener = LightningListener(lightning, prefix="crewai-", research_id=research_id)
    researcher = member("Researcher", "A lease is a lock that expires.")
    writer = member("Writer", "Locks expire so that a crashed holder blocks nobody.")
    crew = Crew(
        agents=[researcher, writer],
        tasks=[
            Task(
                description="Find out why locks expire.", expected_output="A fact", agent=researcher
            ),
            Task(description="Write it down.", expected_output="A sentence", agent=writer),
        ],
        step_callback=listener.step,
        task_callback=listener.step,
    )
    print(crew.kickoff())
    listener.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
