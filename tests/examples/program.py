"""Runs an example as its reader does: one command, server and key in the environment."""

import os
import subprocess
import sys

from tests.rig.environment import REPOSITORY
from tests.rig.server import Server

SECONDS = 240  # for a few seconds of work, on a slow and busy machine


def environment(url: str, key: str) -> dict[str, str]:
    """With the client as it is here, whatever is installed."""
    return {
        **os.environ,
        "LIGHTNING_URL": url,
        "LIGHTNING_API_KEY": key,
        "PYTHONPATH": str(REPOSITORY / "client" / "src"),
    }


def run_example(url: str, key: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """``command`` is a file of ``examples/`` and its arguments."""
    name, *arguments = command
    return subprocess.run(
        [sys.executable, f"examples/{name}", *arguments],
        cwd=REPOSITORY,
        env=environment(url, key),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def said_by(server: Server, *command: str) -> str:
    """What an example printed that ended well, with an agent's key."""
    result = run_example(server.url, server.backend.keys["agent"], *command)
    assert result.returncode == 0, result.stderr
    return result.stdout
