"""Agent Lightning's LightningStoreServer: its in-memory store, spoken to over HTTP."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.neighbour import Neighbour
from bench.stand import Stand
from bench.states import AGENTS, STATE_BYTES
from bench.wrk import BrokenRun, Load, run_wrk

MEASURED = "0.3."
HOW_TO_GET_IT = "python3 -m venv var/peers && var/peers/bin/pip install agentlightning==0.3.0"

_ROLLOUTS = "/v1/agl/rollouts"
_ENQUEUE = "/v1/agl/queues/rollouts/enqueue"


class AgentLightning:
    """A server with a thousand rollouts of 400 bytes, and the loads it is measured with."""

    def __init__(self, server: Neighbour, directory: Path) -> None:
        self.server = server
        self._directory = directory
        self._ids: list[str] = []

    def fill(self) -> None:
        """Enqueues the rollouts; raises BrokenRun when they do not come back."""
        with httpx.Client(base_url=self.server.url, timeout=30) as client:
            rollouts = {"rollouts": [_rollout()] * AGENTS}
            stored = client.post(_ENQUEUE, json=rollouts)
            if stored.is_error:
                raise BrokenRun(f"Agent Lightning: {stored.text}")
            self._ids = [one["rollout_id"] for one in stored.json()]
            found = client.get(f"{_ROLLOUTS}/{self._ids[-1]}")
        if found.is_error or abs(len(found.content) - STATE_BYTES) > 10:
            raise BrokenRun(f"Agent Lightning keeps something else: {found.text}")

    def get(self, seconds: float, *, connections: int) -> Load:
        """Reads of one rollout by its id."""
        lines = [f"GET {_ROLLOUTS}/{one}" for one in self._ids]
        return self._send("get", lines, seconds, connections)

    def enqueue(self, seconds: float, *, connections: int) -> Load:
        """Rollouts put into the queue one by one."""
        body = json.dumps({"rollouts": [_rollout()]})
        return self._send("enqueue", [f"POST {_ENQUEUE} {body}"], seconds, connections)

    def update(self, seconds: float, *, connections: int) -> Load:
        """Changes of one number in a rollout's metadata."""
        body = '{"metadata":{"step":1@}}'  # the one, since no JSON number begins with a zero
        lines = [f"POST {_ROLLOUTS}/{one} {body}" for one in self._ids]
        return self._send("update", lines, seconds, connections)

    def _send(self, name: str, lines: list[str], seconds: float, connections: int) -> Load:
        requests = self._directory / f"agent-lightning-{name}"
        requests.write_text("".join(f"{line}\n" for line in lines))
        return run_wrk(
            self.server.url, "requests", connections=connections, seconds=seconds, requests=requests
        )


def installed_version(python: Path | None) -> str | None:
    """The version that is installed for this Python; None when there is none."""
    if python is None:
        return None
    result = subprocess.run(
        [python, "-c", "from importlib.metadata import version; print(version('agentlightning'))"],
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() or None


@contextmanager
def running_agent_lightning(stand: Stand) -> Iterator[AgentLightning]:
    """The server that ``agl store`` starts, in its default: one process, nothing on disk."""

    def command(port: int) -> list[str]:
        module = "agentlightning.cli.store"
        return [str(stand.peers_python), "-m", module, "--host=127.0.0.1", f"--port={port}"]

    # Without the variable one of its libraries asks another site for a list of prices.
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with stand.neighbour("agent-lightning", command, **environment) as server:
        agent_lightning = AgentLightning(server, stand.directory)
        agent_lightning.fill()
        yield agent_lightning


def _rollout() -> dict[str, object]:
    what_the_server_adds = 290  # id, times, status and its settings
    note = "x" * (STATE_BYTES - what_the_server_adds)
    return {"input": {"note": note}, "metadata": {"step": 100_000_000}}
