"""§13: a job whose server is killed in the middle goes on afterwards, and does nothing twice."""

from pathlib import Path

import httpx
import pytest

from tests.faults.failpoints import Failpoints
from tests.rig.backends import Backends
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

pytestmark = pytest.mark.faults

AGENTS = 250  # three steps


def create_agents(client: httpx.Client) -> list[str]:
    ids = [f"killed-{number:03}" for number in range(AGENTS)]
    state = {"agentType": "Killed", "status": "Ready"}
    items = [{"id": one, "state": state} for one in ids]
    assert client.post("/api/v1/agents/batch-set", json={"items": items}).json()["failed"] == 0
    return ids


def test_a_killed_job_goes_on_and_changes_each_state_once(
    backends: Backends, tmp_path: Path
) -> None:
    backend, points = backends.fresh("postgres"), Failpoints(tmp_path / "points")
    with running(Server(backend, tmp_path, **points.settings)) as (server,):
        operator = server.client_as("operator")
        ids = create_agents(operator)
        with points.paused("loop.jobs"):
            order = {"kind": "agent", "action": "pause", "filter": "agentType=Killed"}
            job = operator.post("/api/v1/jobs", json=order).json()
            points.wait_until_hit("loop.jobs")
            points.arm("store.decided", "crash")
        for moment, following in (
            ("store.decided", "store.committed"),  # before a commit, then just after one
            ("store.committed", ""),
        ):
            wait_for(lambda: not server.process.is_running, what=f"the end at {moment}")
            server.kill()
            points.disarm(moment)
            if following:
                points.arm(following, "crash")
            server.start()
        operator = server.client_as("operator")

        def ended() -> bool:
            return bool(operator.get(f"/api/v1/jobs/{job['id']}").json()["endedAt"])

        wait_for(ended, what="the job's end")
        after = operator.get(f"/api/v1/jobs/{job['id']}").json()
        assert (after["state"], after["done"], after["refused"]) == ("done", AGENTS, 0)
        for one in ids:
            items = operator.get(f"/api/v1/agents/{one}/history").json()["items"]
            assert [(item["version"], item["newValues"].get("status")) for item in items] == [
                (2, "Paused"),
                (1, "Ready"),
            ]
