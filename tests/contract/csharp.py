"""The existing C# client: what it sends, as System.Text.Json writes it."""

import json
import re
from typing import Any

import httpx

WHEN = "2026-01-16T10:00:00.1234567Z"
ZERO = "0001-01-01T00:00:00"
Json = dict[str, Any]


_ESCAPED_TOO = {ord(one): f"\\u{ord(one):04X}" for one in "'<>&+`"}
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")


def written(body: Any) -> bytes:
    """A body as JsonSerializer writes it with WriteIndented, and its default encoder, on Windows.

    Whatever is not ASCII, and what means something to HTML, is escaped, in capital letters.
    """
    text = json.dumps(body, indent=2).replace('\\"', "\\u0022").translate(_ESCAPED_TOO)
    text = _ESCAPE.sub(lambda found: f"\\u{found[1].upper()}", text)
    return text.replace("\n", "\r\n").encode()


def submission(
    name: str, task_id: str, given: Json, agent_id: str = "manager", **more: Any
) -> Json:
    """The body of ``POST /api/tasks/submit``."""
    task = {
        "id": task_id,
        "name": name,
        "description": None,
        "input": given,
        "status": "Submitted",
        "priority": 0,
        "submittedAt": WHEN,
        "resultData": None,
        "verificationRequired": True,
        **more,
    }
    return {"agentId": agent_id, "task": task}


class CSharp:
    """The client: indented camelCase, enums by name, 7 digits of a second, nulls and zero dates.

    Several clients are several servers: calls go to them in turn.
    """

    def __init__(self, *clients: httpx.Client) -> None:
        self._clients = clients
        self._sent = 0

    @property
    def client(self) -> httpx.Client:
        """The one whose turn it is."""
        self._sent += 1
        return self._clients[self._sent % len(self._clients)]

    def get(self, path: str) -> Any:
        """A decoded answer."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, method: str = "POST") -> httpx.Response:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return self.client.request(method, path, content=written(body), headers=headers)

    def submit(
        self, name: str, task_id: str, given: Json, agent_id: str = "manager", **more: Any
    ) -> httpx.Response:
        return self.post("/api/tasks/submit", submission(name, task_id, given, agent_id, **more))

    def run(self, name: str, given: Json, task_id: str) -> Any:
        """The decoded result of a task that is executed at once."""
        answer = self.submit(name, task_id, given)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert (body["taskId"], body["status"]) == (task_id, "Completed")
        assert body["completedAt"].endswith("Z")
        return None if body["result"] is None else json.loads(body["result"])


def agent_state(agent_id: str, version: int, **members: Any) -> Json:
    return {
        "agentId": agent_id,
        "agentType": "Researcher",
        "status": "Ready",
        "properties": {},
        "activeTaskIds": [],
        "performanceMetrics": {"speed": 1.5},
        "lastUpdated": WHEN,
        "version": version,
        **members,
    }


def research_state(research_id: str, **members: Any) -> Json:
    return {
        "researchId": research_id,
        "query": "what is known",
        "status": "Pending",
        "extractedFacts": [],
        "sources": [],
        "currentQualityScore": 0,
        "iterationCount": 0,
        "startedAt": WHEN,
        "completedAt": None,
        "metadata": {},
        **members,
    }


def verification_state(verification_id: str, source_id: str, at: str) -> Json:
    return {
        "verificationId": verification_id,
        "sourceId": source_id,
        "content": "Iron melts at 1538 °C.",
        "confidenceScore": 0.9,
        "isVerified": True,
        "issues": None,
        "verifiedAt": at,
        "verifiedBy": "verl",
    }
