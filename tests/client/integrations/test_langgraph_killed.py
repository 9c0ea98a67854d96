"""A LangGraph graph that is killed: it shows as silent, and goes on where it was."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lightning_client import AgentState, Lightning

from tests.rig.backends import REPOSITORY
from tests.rig.server import Server
from tests.rig.waiting import wait_for

pytest.importorskip("langgraph.checkpoint.sqlite", reason="make test-integrations installs it")


def test_a_killed_graph_falls_silent_and_is_resumed(
    server: Server, lightning: Lightning, new_id: Callable[[str], str], tmp_path: Path
) -> None:
    agent_id = new_id("graph")

    def start(seconds_per_step: float) -> "subprocess.Popen[str]":
        options = [
            f"--agent-id={agent_id}",
            f"--checkpoints={tmp_path / 'checkpoints.sqlite3'}",
            f"--seconds-per-step={seconds_per_step}",
        ]
        return subprocess.Popen(
            [
                sys.executable,
                "examples/langgraph_agent.py",
                *options,
                "--seconds-per-step",
                str(seconds_per_step),
            ],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "LIGHTNING_URL": server.url,
                "LIGHTNING_API_KEY": server.backend.keys["agent"],
                "PYTHONPATH": str(REPOSITORY / "client" / "src"),
            },
            stdout=subprocess.PIPE,
            text=True,
        )

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
    other = new_id("other")
    lightning.set("agent", other, AgentState(agent_type="Alive", status="Ready"))

    def is_overtaken() -> bool:
        """An agent that beats as often was seen long after it."""
        lightning.beat(other)
        seen = lightning.get("agent", other, fresh=True, last_seen=True).last_seen
        silent_since = agent().last_seen
        assert silent_since is not None
        return seen is not None and (seen - silent_since).total_seconds() > 4.0

    wait_for(is_overtaken, timeout_seconds=120, what="silence")
    assert agent().status == "Processing", "nobody pretends that it ended"

    second = start(0.0)
    output, _ = second.communicate(timeout=240)
    assert second.returncode == 0, output
    assert output.startswith("resuming at compare")
    assert [line.strip() for line in output.splitlines() if line.startswith("  ")] == [
        "compare",
        "write",
        "review",
    ]
    done = agent()
    assert (done.status, done.active_task_ids) == ("Ready", [])
    research = lightning.get("research", f"{agent_id}:example", fresh=True)
    assert (research.status, research.iteration_count) == ("Completed", 5)
