"""The short examples against a live server: they end well, and their states are there."""

import pytest
from lightning_client import Lightning

from tests.examples.program import said_by
from tests.rig.server import Server


@pytest.fixture
def lightning(server: Server) -> Lightning:
    return Lightning(server.url, server.backend.keys["viewer"])


def test_the_workflows_answer_and_leave_their_states(server: Server, lightning: Lightning) -> None:
    for runs in (1, 2):
        said = said_by(server, "workflows.py", "Why?")
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
    said_by(server, "plain_agent.py", "1")
    agent = lightning.get("agent", "plain-agent", fresh=True)
    assert (agent.status, agent.performance_metrics["calls"]) == ("Ready", 1)
    assert agent.properties["lastLog"]["text"].startswith("counting the words")
    lightning.close()
