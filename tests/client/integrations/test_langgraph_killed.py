"""A LangGraph graph that is killed: it shows as silent, and goes on where it was."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lightning_client import AgentState, Lightning

from tests.examples.program import SECONDS, environment
from tests.rig.environment import REPOSITORY
from tests.rig.server import FreshServer
from tests.rig.waiting import wait_for

pytest.importorskip("langgraph.checkpoint.sqlite", reason="make test-integrations installs it")


def test_a_killed_graph_shows_as_silent_and_is_resumed(
    fresh_server: FreshServer, new_id: Callable[[str], str], tmp_path: Path
) -> None:
    server = fresh_server(LIGHTNING_SILENT_AFTER_SECONDS="86400,LangGraph=2")
    agent_id, key = new_id("graph"), server.backend.keys["agent"]

    def start(seconds_per_step: float) -> "subprocess.Popen[str]":
        options = (
            f"--agent-id={agent_id}",
            f"--checkpoints={tmp_path / 'checkpoints.sqlite3'}",
            f"--seconds-per-step={seconds_per_step}",
        )
        return subprocess.Popen(
            [sys.executable, "examples/langgraph_agent.py", *options],
            cwd=REPOSITORY,
            env=environment(server.url, key),
            stdout=subprocess.PIPE,
            text=True,
        )

    viewer = server.client_as("viewer")

    def silence() -> list[object]:
        """The open alerts that say that the agent is silent."""
        asked = {"state": "open", "rule": "agent_silent"}
        found = viewer.get("/api/v1/alerts", params=asked).json()["items"]
        return [one for one in found if one["subject"] == agent_id]

    with Lightning(server.url, key) as lightning:

        def agent() -> AgentState:
            return lightning.get("agent", agent_id, fresh=True, last_seen=True)

        first = start(1.0)
        assert first.stdout is not None
        with first.stdout:
            for line in first.stdout:
                if line.strip() == "compare":
                    break
            first.kill()
            first.wait()
        left = agent()
        assert (left.status, len(left.active_task_ids)) == ("Processing", 1)
        assert left.properties["step"] == "compare"
        assert left.last_seen is not None
        wait_for(silence, timeout_seconds=120, what="the alert of its silence")
        assert agent().status == "Processing", "nobody pretends that it ended"

        output, _ = start(0.0).communicate(timeout=SECONDS)
        assert output.startswith("resuming at compare")
        steps = [line.strip() for line in output.splitlines() if line.startswith("  ")]
        assert steps == ["compare", "write", "review"]
        assert (agent().status, agent().active_task_ids) == ("Ready", [])
        research = lightning.get("research", f"{agent_id}:example", fresh=True)
        assert (research.status, research.iteration_count) == ("Completed", 5)
        wait_for(lambda: not silence(), timeout_seconds=120, what="the alert's end")
