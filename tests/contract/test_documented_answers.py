"""§9: what OpenAPI says of every call is what the call answers: statuses, media types, shapes."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from state.operations.table import table
from tests.contract.fast_lane_script import played
from tests.rig.backends import Backend
from tests.rig.server import FreshServer

pytestmark = pytest.mark.one_place


def problems_of(
    schema: dict[str, Any], documented: dict[str, Any], answer: httpx.Response
) -> Iterator[str]:
    """What an answer has that its documentation does not say."""
    described = documented["responses"].get(str(answer.status_code))
    if described is None:
        yield f"{answer.status_code} is not documented"
        return
    if not answer.content:
        return
    media_type = answer.headers["Content-Type"]
    content = described.get("content", {}).get(media_type)
    if content is None:
        yield f"a body of {media_type} is not documented with {answer.status_code}"
        return
    if media_type in ("application/json", "application/problem+json"):
        root = {**content["schema"], "components": schema["components"]}
        for error in Draft202012Validator(root).iter_errors(answer.json()):
            yield f"{answer.status_code}: {error.json_path}: {error.message[:200]}"


HELD_ELSEWHERE = {
    "acknowledgeAlert",  # an alert takes its time to open: test_alerts
    *("getJob", "listJobResults", "undoJob", "cancelJob"),  # and a job to end: test_jobs
}


def test_every_answer_is_documented(fresh_server: FreshServer, fresh_backend: Backend) -> None:
    server = fresh_server()
    bound = fresh_backend.create_key("bound", "agent", agent_id="a-bound")
    with httpx.Client(base_url=server.url, timeout=30) as client:
        schema = client.get("/api/schema").json()
        answers = list(played(client, {**fresh_backend.keys, "bound": bound}))
    found: list[str] = []
    seen: dict[str, set[int]] = {}
    for step, answer in answers:
        call = table.find(step.method, httpx.URL(str(answer.request.url)).path)
        if call is None or call[0].name == "methodNotAllowed":
            assert answer.status_code in (401, 404, 405), step
            continue
        operation = call[0]
        documented = schema["paths"][operation.path][operation.method.lower()]
        seen.setdefault(operation.id, set()).add(answer.status_code)
        found += [
            f"{step.method} {step.path[:80]}: {problem}"
            for problem in problems_of(schema, documented, answer)
        ]
    assert not found, "\n".join(found)
    unasked = {
        operation.name: sorted(operation.results.keys() - seen.get(operation.id, set()))
        for operation in table.operations
        if operation.name not in HELD_ELSEWHERE
        if operation.kind is None or operation.kind == "agent" or "acts" in operation.name
    }
    assert not any(unasked.values()), f"no answer was held against these: {unasked}"
