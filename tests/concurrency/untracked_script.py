"""Writes that name no version, against the database of the environment; run by test_untracked."""

import threading
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from state.domain.commands import Command, Submission, Untracked, Written  # noqa: E402
from state.domain.jsontext import decode  # noqa: E402
from state.domain.judge import Rules  # noqa: E402
from state.domain.kinds import Kind  # noqa: E402
from state.domain.shapes import told_of  # noqa: E402
from state.store.engine import apply  # noqa: E402
from state.store.fetch import fetch_states  # noqa: E402

WRITERS = 6


def tell(state_id: str, **fields: Any) -> Written:
    told = told_of(Kind.RESEARCH, state_id, {"query": "why", **fields})
    submission = Submission([Command(Kind.RESEARCH, state_id, Untracked(told))])
    [receipt] = apply([submission], Rules())
    while receipt.held_up:
        [receipt] = apply([submission], Rules(), receipt.held_up)
    [outcome] = receipt.outcomes
    assert isinstance(outcome, Written), outcome
    return outcome


def read(state_id: str) -> dict[str, Any]:
    body = fetch_states(Kind.RESEARCH, [state_id])[state_id].body
    assert body is not None
    state: dict[str, Any] = decode(body)
    return state


def test_the_masters_workflow() -> None:
    stale: dict[str, Any] = {"iterationCount": 0, "currentQualityScore": 0.0, "extractedFacts": []}
    assert tell("master", status="Pending", **stale).created
    tell("master", status="InProgress", **stale)
    tell("master", iterationCount=3, currentQualityScore=0.85)
    tell("master", status="Completed", **stale)
    state = read("master")
    assert (state["status"], state["version"]) == ("Completed", 4)
    assert (state["iterationCount"], state["currentQualityScore"]) == (3, 0.85)
    assert state["completedAt"] == state["lastUpdated"]


def test_many_lose_nothing() -> None:
    def work(number: int) -> None:
        fact = {"content": f"fact {number}", "source": f"source {number}"}
        shared = {"id": "shared", "content": "shared", "confidenceScore": number / 10}
        for _ in range(3):
            tell(
                "crowd",
                sources=[f"source {number}"],
                extractedFacts=[fact, shared],
                metadata={f"writer {number}": number},
                iterationCount=number,
            )
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = read("crowd")
    assert state["version"] == 3 * WRITERS
    assert set(state["sources"]) == {f"source {number}" for number in range(WRITERS)}
    assert state["metadata"] == {f"writer {number}": number for number in range(WRITERS)}
    assert state["iterationCount"] == WRITERS - 1
    facts = {fact["content"]: fact for fact in state["extractedFacts"]}
    assert set(facts) == {"shared", *(f"fact {number}" for number in range(WRITERS))}
    assert state["factCount"] == WRITERS + 1
    assert facts["shared"]["confidenceScore"] > 0


if __name__ == "__main__":
    test_the_masters_workflow()
    print("ends_with_its_progress")
    test_many_lose_nothing()
    print("loses_nothing_among_many")
