"""§13: bulk actions are jobs: counted first, per state, taken back, never twice."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from state.operations.table import table
from tests.contract.test_documented_answers import problems_of
from tests.rig.backends import Backends
from tests.rig.waiting import wait_for

JOBS = "/api/v1/jobs"
LEFT_BEHIND = """
import json
from datetime import UTC, datetime, timedelta
from state.models import Job, JobStep, JobTarget
from state.service.housekeeping import clean_up

now = datetime.now(UTC)
for name, ended in (("old", 31), ("young", 29), ("open", None)):
    job = Job.objects.create(
        kind="agent", action="pause", name=name, actor="o", total=1,
        state="running" if ended is None else "done", created_at=now - timedelta(days=40),
        ended_at=ended and now - timedelta(days=ended),
    )
    JobTarget.objects.create(job=job, position=0, state_id="a")
    JobStep.objects.create(job=str(job.pk), position="0000000000", outcome="[]", created_at=now)
clean_up(now)
print(json.dumps([list(Job.objects.order_by("id").values_list("name", flat=True)),
    JobTarget.objects.count(), JobStep.objects.count()]))
"""


Fleet = Callable[..., tuple[str, list[str]]]


@pytest.fixture
def fleet(client: httpx.Client, new_id: Callable[[str], str]) -> Fleet:
    """Creates agents of a type of their own: ``fleet(70, status="Ready")``."""

    def created(count: int, status: str = "Ready") -> tuple[str, list[str]]:
        agent_type = new_id("type")
        ids = [f"{agent_type}-{number:03}" for number in range(count)]
        state = {"agentType": agent_type, "status": status, "properties": {"n": 1}}
        items = [{"id": one, "state": state} for one in ids]
        answer = client.post("/api/v1/agents/batch-set", json={"items": items})
        assert answer.json()["failed"] == 0, answer.text
        return agent_type, ids

    return created


def begin(operator: httpx.Client, action: str = "pause", **order: Any) -> dict[str, Any]:
    headers = order.pop("headers", {})
    order = {"kind": "agent", "action": action, **order}
    answer = operator.post(JOBS, json=order, headers=headers)
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{JOBS}/{job['id']}"
    return job


def ended(operator: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        now: dict[str, Any] = operator.get(f"{JOBS}/{job['id']}").json()
        return now if now["endedAt"] else None

    return wait_for(look, what="the job's end")


def results(operator: httpx.Client, job: dict[str, Any], **query: Any) -> dict[str, str]:
    """The code of each refusal by id; of what was done ``done``."""
    found: dict[str, str] = {}
    page = ""
    while page is not None:
        answer = operator.get(f"{JOBS}/{job['id']}/results", params={**query, "page": page})
        assert answer.status_code == 200, answer.text
        for one in answer.json()["items"]:
            found[one["id"]] = one["error"]["code"] if one["error"] else "done"
        page = answer.json()["next"]
    return found


def assert_documented(operator: httpx.Client, name: str, answer: httpx.Response) -> None:
    schema = operator.get("/api/schema").json()
    [operation] = [one for one in table.operations if one.name == name]
    documented = schema["paths"][operation.path][operation.method.lower()]
    assert not list(problems_of(schema, documented, answer))


def undone(operator: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    answer = operator.post(f"{JOBS}/{job['id']}/undo")
    assert answer.status_code == 201, answer.text
    return ended(operator, answer.json())


def test_all_that_match_are_counted_changed_and_restored(
    operator: httpx.Client, client: httpx.Client, fleet: Fleet
) -> None:
    agent_type, ids = fleet(130)
    order = {"kind": "agent", "action": "pause", "filter": f"agentType={agent_type}"}
    trial = operator.post(JOBS, json={**order, "dryRun": True})
    assert (trial.status_code, trial.json()) == (200, {"dryRun": True, "count": 130})
    assert client.get(f"/api/v1/agents/{ids[0]}").json()["version"] == 1

    job = begin(operator, filter=order["filter"], headers={"Lightning-Reason": "a quiet night"})
    assert (job["name"], job["total"], job["state"]) == ("Pause 130 agents", 130, "running")
    after = ended(operator, job)
    assert (after["state"], after["done"], after["refused"]) == ("done", 130, 0)
    assert results(operator, job, limit=60) == dict.fromkeys(ids, "done")
    [newest, first] = client.get(f"/api/v1/agents/{ids[7]}/history").json()["items"]
    assert (newest["reason"], newest["actor"]) == ("a quiet night", job["actor"])
    assert newest["newValues"] == {"status": "Paused"}

    moved = client.patch(f"/api/v1/agents/{ids[3]}", json={"properties": {"n": 2}})
    assert moved.json()["version"] == 3
    undo = undone(operator, job)
    assert (undo["undoOf"], undo["done"], undo["refused"]) == (job["id"], 129, 1)
    assert results(operator, undo, result="refused") == {ids[3]: "version_conflict"}
    kept = client.get(f"/api/v1/agents/{ids[3]}").json()
    assert (kept["status"], kept["version"]) == ("Paused", 3)
    restored = client.get(f"/api/v1/agents/{ids[4]}").json()
    assert (restored["status"], restored["properties"]) == ("Ready", {"n": 1})
    assert first["newValues"]["status"] == restored["status"]


def test_what_is_refused_is_told_and_the_others_go_on(
    operator: httpx.Client, client: httpx.Client, fleet: Fleet
) -> None:
    _, ids = fleet(4)
    locked, finished, gone, free = ids
    lock = {"kind": "agent", "id": locked, "owner": "o"}
    assert client.post("/api/v1/locks", json=lock).status_code == 201
    client.patch(f"/api/v1/agents/{finished}", json={"status": "Completed"})
    client.delete(f"/api/v1/agents/{gone}", headers={"If-Match": "*"})
    job = begin(operator, ids=ids)
    after = ended(operator, job)
    assert (after["done"], after["refused"]) == (1, 3)
    assert results(operator, job) == {
        locked: "locked",
        finished: "illegal_transition",
        gone: "not_found",
        free: "done",
    }
    assert results(operator, job, result="done") == {free: "done"}


def test_what_was_deleted_comes_back_and_goes_again(
    operator: httpx.Client, client: httpx.Client, fleet: Fleet
) -> None:
    _, ids = fleet(3)
    job = begin(operator, "delete", ids=ids)
    assert ended(operator, job)["done"] == 3
    client.put(f"/api/v1/agents/{ids[0]}", json={"agentType": "new", "status": "Ready"})
    undo = undone(operator, job)
    assert results(operator, undo) == {ids[0]: "version_conflict", ids[1]: "done", ids[2]: "done"}
    assert client.get(f"/api/v1/agents/{ids[1]}").json()["properties"] == {"n": 1}
    redo = undone(operator, undo)
    assert (redo["done"], redo["refused"]) == (2, 0)
    assert client.get(f"/api/v1/agents/{ids[1]}").status_code == 404


def test_only_what_is_paused_is_resumed(
    operator: httpx.Client, client: httpx.Client, fleet: Fleet
) -> None:
    _, [paused, working] = fleet(2)
    client.patch(f"/api/v1/agents/{paused}", json={"status": "Paused"})
    client.patch(f"/api/v1/agents/{working}", json={"status": "Processing"})
    job = begin(operator, "resume", ids=[paused, working])
    ended(operator, job)
    assert results(operator, job) == {paused: "done", working: "illegal_transition"}


def test_verifications_are_accepted_and_rejected_by_a_person(
    operator: httpx.Client, client: httpx.Client, new_id: Callable[[str], str]
) -> None:
    ids = [new_id("check"), new_id("check")]
    for one, confidence in zip(ids, (0.2, 0.9), strict=True):
        body = {"sourceId": "s", "content": "c", "confidenceScore": confidence, "issues": ["odd"]}
        assert client.put(f"/api/v1/verifications/{one}", json=body).status_code == 201
    job = ended(operator, begin(operator, "accept", kind="verification", ids=ids))
    states = [client.get(f"/api/v1/verifications/{one}").json() for one in ids]
    assert [one["confidenceScore"] for one in states] == [1, 0.9]
    assert {(one["isVerified"], one["verifiedBy"]) for one in states} == {(True, job["actor"])}
    ended(operator, begin(operator, "reject", kind="verification", ids=ids))
    state = client.get(f"/api/v1/verifications/{ids[0]}").json()
    assert (state["isVerified"], state["issues"]) == (False, ["odd", f"Rejected by {job['actor']}"])


def test_a_retry_under_the_same_key_is_the_same_job(operator: httpx.Client, fleet: Fleet) -> None:
    _, ids = fleet(1)
    order = {"kind": "agent", "action": "pause", "ids": ids}
    headers = {"Idempotency-Key": ids[0]}
    first, again = (operator.post(JOBS, json=order, headers=headers) for _ in range(2))
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = operator.post(JOBS, json={**order, "action": "fail"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


def test_a_job_is_undone_by_one_job_at_a_time_and_not_twice(
    operator: httpx.Client, fleet: Fleet
) -> None:
    _, ids = fleet(2)
    job = begin(operator, ids=ids)
    ended(operator, job)
    answer = operator.post(f"{JOBS}/{job['id']}/undo")
    assert_documented(operator, "undoJob", answer)
    undo = ended(operator, answer.json())
    answer = operator.get(f"{JOBS}/{job['id']}")
    assert answer.json()["undoneBy"] == undo["id"]
    assert_documented(operator, "getJob", answer)
    answer = operator.get(f"{JOBS}/{job['id']}/results")
    assert_documented(operator, "listJobResults", answer)
    again = operator.post(f"{JOBS}/{job['id']}/undo")
    assert (again.status_code, again.json()["code"]) == (422, "invalid")


def test_a_cancelled_job_ends_and_what_it_did_is_undone(
    operator: httpx.Client, client: httpx.Client, fleet: Fleet
) -> None:
    agent_type, ids = fleet(350)
    job = begin(operator, filter=f"agentType={agent_type}")
    answer = operator.post(f"{JOBS}/{job['id']}/cancel")
    assert_documented(operator, "cancelJob", answer)
    after = ended(operator, job)
    assert after["state"] in {"cancelled", "done"}
    assert list(results(operator, job)) == ids[: after["done"]]
    if after["done"]:
        assert undone(operator, job)["done"] == after["done"]
    found = client.get("/api/v1/agents", params={"agentType": agent_type, "limit": 500}).json()
    assert {one["status"] for one in found["items"]} == {"Ready"}


def test_nothing_to_do_is_no_job(operator: httpx.Client) -> None:
    order = {"kind": "agent", "action": "pause", "filter": "agentType=nobody-has-this-type"}
    answer = operator.post(JOBS, json=order)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_only_operators_order_cancel_and_undo(client: httpx.Client, viewer: httpx.Client) -> None:
    order = {"kind": "agent", "action": "pause", "ids": ["a"]}
    for caller in (client, viewer):
        for path in (JOBS, f"{JOBS}/1/undo", f"{JOBS}/1/cancel"):
            assert caller.post(path, json=order).status_code == 403
    assert viewer.get(JOBS).status_code == 200
    assert viewer.get(f"{JOBS}/999999").status_code == 404


def test_a_job_is_kept_as_long_as_the_history(backends: Backends) -> None:
    told = backends.fresh("sqlite").manage("shell", "--no-imports", "-v0", "-c", LEFT_BEHIND)
    assert json.loads(told) == [["young", "open"], 2, 2]
