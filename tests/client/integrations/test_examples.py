"""The frameworks' examples as programs: one command each, and their agents are there."""

import pytest
from lightning_client import Lightning

from tests.examples.program import said_by
from tests.rig.server import Server


def test_a_crew_of_two_shows(server: Server, lightning: Lightning) -> None:
    pytest.importorskip("crewai", reason="make test-integrations installs it, a gigabyte")
    said = said_by(server, "crewai_crew.py")
    assert "Locks expire so that a crashed holder blocks nobody." in said
    for role in ("Researcher", "Writer"):
        agent = lightning.get("agent", f"crewai-{role}", fresh=True)
        assert (agent.status, agent.agent_type, agent.active_task_ids) == ("Ready", "CrewAI", [])
        assert agent.performance_metrics == {"tasks": 1}
    (run,) = [one for one in lightning.states("research") if one.research_id.startswith("crew-")]
    assert (run.status, run.iteration_count) == ("Completed", 2)


def test_two_agents_and_their_hand_off_show(server: Server, lightning: Lightning) -> None:
    pytest.importorskip("agents", reason="make test-integrations installs openai-agents")
    assert "a crashed holder blocks nobody" in said_by(server, "openai_agents_team.py")
    first = lightning.get("agent", "openai-researcher", fresh=True)
    assert (first.status, first.properties["handedOffTo"]) == ("Ready", "openai-writer")
    assert first.performance_metrics["toolCalls"] == 1
    assert lightning.get("agent", "openai-writer", fresh=True).performance_metrics["runs"] == 1


def test_a_rollout_with_its_reward_shows(server: Server, lightning: Lightning) -> None:
    pytest.importorskip("agentlightning", reason="make test-integrations installs it, 800 MB")
    said = said_by(server, "agent_lightning_rollouts.py")
    assert "succeeded, reward 0.9" in said
    research = lightning.get("research", said.split()[0], fresh=True)
    assert (research.status, research.metadata["rolloutId"]) == ("Completed", said.split()[3][:-1])
    waited = lightning.get("research", said.split()[-1], fresh=True)
    assert (waited.status, waited.query) == ("Pending", "What is a fencing token?")


def test_a_graph_shows(server: Server, lightning: Lightning, tmp_path: object) -> None:
    pytest.importorskip("langgraph.checkpoint.sqlite", reason="make test-integrations installs it")
    options = ("--seconds-per-step=0", f"--checkpoints={tmp_path}/checkpoints.sqlite3")
    assert "review: done" in said_by(server, "langgraph_agent.py", *options)
    agent = lightning.get("agent", "langgraph-agent", fresh=True)
    assert (agent.status, agent.performance_metrics) == ("Ready", {"runs": 1, "modelCalls": 5})
    research = lightning.get("research", "langgraph-agent:example", fresh=True)
    assert (research.status, research.iteration_count) == ("Completed", 5)
