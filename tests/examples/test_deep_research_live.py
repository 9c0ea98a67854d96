"""The example against a live server: what a team of agents leaves behind."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.examples.program import environment, run_example
from tests.rig.environment import REPOSITORY
from tests.rig.ports import free_port
from tests.rig.server import Server
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess

NOTES = {
    "locks.md": "# Fencing tokens\n\nA fencing token is a number that grows with every lease of"
    " the lock. The storage refuses a write whose fencing token is older than the last one.",
    "leases.md": "# Leases\n\nA lease is a lock that expires, so a crashed holder blocks nobody."
    " As a paused holder may write late, the storage asks for the fencing token of every lease."
    " This fencing token is what a lease is good for.",
    "pasta.md": "# Pasta\n\nBoil the water first, and add the salt before the pasta goes in.",
}
QUESTION = "Why does a lease need a fencing token?"
SECONDS = 120  # for a run of research, on a slow and busy machine


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in NOTES.items():
        (folder / name).write_text(text)
    return folder


def run_team(url: str, key: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_example(url, key, "deep_research.py", *arguments)


def research_of(client: httpx.Client, team: str) -> list[dict[str, Any]]:
    """The team's runs, the newest first."""
    items = client.get("/api/v1/research", params={"ordering": "-createdAt"}).json()["items"]
    return [item for item in items if item["metadata"].get("team") == team]


def test_a_run_leaves_a_completed_research_its_checks_and_an_agent_a_role(
    server: Server, client: httpx.Client, corpus: Path, new_id: Callable[[str], str]
) -> None:
    team = new_id("team")
    key = server.backend.keys["agent"]
    arguments = (QUESTION, "--corpus", str(corpus), "--team", team, "--researchers", "2")
    result = run_team(server.url, key, *arguments)
    assert result.returncode == 0, result.stderr
    assert "leases.md" in result.stdout

    (run,) = research_of(client, team)
    run = client.get(f"/api/v1/research/{run['researchId']}").json()
    assert (run["status"], run["query"]) == ("Completed", QUESTION)
    assert run["iterationCount"] >= 1
    assert 0 < run["currentQualityScore"] <= 1
    assert set(run["sources"]) <= set(NOTES)
    assert run["metadata"]["answer"] in result.stdout
    assert run["extractedFacts"]
    for fact in run["extractedFacts"]:
        assert fact["content"] in NOTES[fact["source"]]
        stands_alone = not fact["content"].startswith("This")
        assert fact["isVerified"] is stands_alone
        assert fact["verificationStatus"] == ("Verified" if stands_alone else "Disputed")
    assert "This fencing token" not in run["metadata"]["answer"]

    checks = client.get("/api/v1/verifications", params={"sourceId": run["researchId"]}).json()
    facts = client.get(f"/api/v1/research/{run['researchId']}/facts").json()["items"]
    assert len(checks["items"]) == len(facts) + 1, "one a fact, and one for the answer"
    members = {"master", "supervisor", "researcher-1", "researcher-2"}
    for member in members:
        agent = client.get(f"/api/v1/agents/{team}-{member}?include=lastSeen").json()
        assert (agent["status"], agent["activeTaskIds"]) == ("Ready", [])
        assert agent["performanceMetrics"]
        assert agent["lastSeen"]
    changes = client.get(f"/api/v1/research/{run['researchId']}/history").json()["items"]
    statuses = [
        change["newValues"]["status"] for change in changes if "status" in change["newValues"]
    ]
    assert statuses == ["Completed", "Verifying", "InProgress", "Pending"]
    histories = [f"/api/v1/agents/{team}-{member}" for member in members]
    for path in (*histories, f"/api/v1/research/{run['researchId']}"):
        for change in client.get(f"{path}/history", params={"limit": 500}).json()["items"]:
            assert change["newValues"] or change["oldValues"], "a version that says nothing"


def test_a_corpus_without_an_answer_completes_and_says_so(
    server: Server, client: httpx.Client, corpus: Path, new_id: Callable[[str], str]
) -> None:
    team = new_id("team")
    key = server.backend.keys["agent"]
    question = "Who invented the steam locomotive?"
    result = run_team(server.url, key, question, "--corpus", str(corpus), "--team", team)
    assert result.returncode == 0, result.stderr
    assert "Nothing in the corpus answers this" in result.stdout
    assert research_of(client, team)[0]["status"] == "Completed"


# --- What goes wrong ---------------------------------------------------------------------------


def test_it_says_when_nobody_answers(corpus: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = run_team(url, "key", QUESTION, "--corpus", str(corpus))
    assert result.returncode == 1
    assert f"does not answer at {url}" in result.stderr
    assert "Traceback" not in result.stderr


def test_it_says_when_the_key_is_refused(server: Server, corpus: Path) -> None:
    result = run_team(server.url, "wrong", QUESTION, "--corpus", str(corpus))
    assert result.returncode == 1
    assert "API key was refused" in result.stderr


def test_it_says_when_the_key_may_only_read(server: Server, corpus: Path) -> None:
    key = server.backend.keys["viewer"]
    result = run_team(server.url, key, QUESTION, "--corpus", str(corpus))
    assert result.returncode == 1
    assert "may not do this" in result.stderr


# --- Forever -----------------------------------------------------------------------------------


@pytest.fixture
def endless(
    server: Server, corpus: Path, tmp_path: Path, new_id: Callable[[str], str]
) -> Iterator[tuple[ChildProcess, str]]:
    """The example with --forever, and its team's name."""
    team = new_id("team")
    options = ("--forever", "--pace", "0.05", "--corpus", str(corpus), "--team", team)
    process = ChildProcess(
        [sys.executable, "examples/deep_research.py", *options],
        environment=environment(server.url, server.backend.keys["agent"]),
        directory=REPOSITORY,
        log_path=tmp_path / "example.log",
    )
    yield process, team
    if process.is_running:
        process.kill()


def test_it_obeys_an_operator_who_pauses_an_agent_and_when_stopped_leaves_nothing_half_done(
    endless: tuple[ChildProcess, str], client: httpx.Client
) -> None:
    process, team = endless
    master = f"/api/v1/agents/{team}-master"
    wait_for(lambda: research_of(client, team), timeout_seconds=SECONDS, what="a run")
    assert client.patch(master, json={"status": "Paused"}).status_code == 200
    wait_for(
        lambda: "master is paused by an operator" in process.log_tail(),
        timeout_seconds=SECONDS,
        what="the master waiting",
    )
    runs = len(research_of(client, team))
    assert client.get(master).json()["status"] == "Paused"
    assert client.patch(master, json={"status": "Ready"}).status_code == 200
    wait_for(
        lambda: len(research_of(client, team)) >= max(runs + 1, 3),
        timeout_seconds=SECONDS,
        what="another run, and three in all",
    )
    assert process.end() == 0, process.log_tail()
    assert {run["status"] for run in research_of(client, team)} <= {"Completed", "Failed"}
    for member in ("master", "supervisor", "researcher-1"):
        agent = client.get(f"/api/v1/agents/{team}-{member}").json()
        assert (agent["status"], agent["activeTaskIds"]) == ("Ready", [])
