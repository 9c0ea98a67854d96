"""The short examples against a live server: they end well, and their states are there."""

import os
import subprocess
import sys

import pytest
from lightning_client import Lightning

from tests.rig.backends import REPOSITORY
from tests.rig.server import Server

SECONDS = 240  # three seconds of work, on a slow and busy machine


def run(server: Server, *command: str) -> str:
    result = subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "LIGHTNING_URL": server.url,
            "LIGHTNING_API_KEY": server.backend.keys["agent"],
            "PYTHONPATH": str(REPOSITORY / "client" / "src"),
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def lightning(server: Server) -> Lightning:
    return Lightning(server.url, server.backend.keys["viewer"])


def test_the_workflows_answer_and_leave_their_states(server: Server, lightning: Lightning) -> None:
    for runs in (1, 2):
        said = run(server, "examples/workflows.py", "Why?")
        research_id = said.partition(":")[0]
        research = lightning.get("research", research_id, fresh=True)
        assert (research.status, research.iteration_count) == ("Completed", 2)
        assert (research.fact_count, research.current_quality_score) == (2, 1.0)
        assert {one.is_verified for one in lightning.verifications_for(research_id)} == {True}
        researcher = lightning.get("agent", "researcher-1", fresh=True)
        assert (researcher.status, researcher.performance_metrics) == (
            "Ready",
            {"factsFound": runs},
        )
    lightning.close()


def test_plain_python_shows_its_calls_and_its_last_line(
    server: Server, lightning: Lightning
) -> None:
    run(server, "examples/plain_agent.py", "1")
    agent = lightning.get("agent", "plain-agent", fresh=True)
    assert (agent.status, agent.performance_metrics["calls"]) == ("Ready", 1)
    assert agent.properties["lastLog"]["text"].startswith("counting the words")
    lightning.close()
