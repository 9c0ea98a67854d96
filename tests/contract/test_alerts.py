"""Alerts open, count up and close by themselves; operators acknowledge them (contract §9)."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from tests.rig.backends import Backends
from tests.rig.server import Server, running
from tests.rig.waiting import wait_for

AGENT = {"agentType": "Researcher", "status": "Ready"}
RULES = [
    {"name": "slow_agent", "kind": "agent", "field": "performanceMetrics.latencyMs", "above": 500},
]


class Channel(BaseHTTPRequestHandler):
    """An Apprise channel (json://): it refuses the first message, and keeps the others."""

    messages: list[dict[str, Any]]
    refusals = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Channel.refusals == 0:
            Channel.refusals = 1
            self.send_response(503)
        else:
            Channel.messages.append(json.loads(body))
            self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def channel_port() -> Iterator[int]:
    Channel.messages = []
    server = HTTPServer(("127.0.0.1", 0), Channel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def watched(backends: Backends, channel_port: int) -> Iterator[Server]:
    """A server with short limits, a rule of the user's and a channel."""
    backend = backends.fresh("sqlite")
    server = Server(
        backend,
        backend.directory,
        LIGHTNING_SILENT_AFTER_SECONDS="86400,Sleeper=1",
        LIGHTNING_ALERT_RULES=json.dumps(RULES),
        LIGHTNING_ALERT_URLS=f"json://127.0.0.1:{channel_port}/",
    )
    with running(server) as (instance,):
        yield instance


@pytest.fixture(scope="module")
def operator(watched: Server) -> httpx.Client:
    return watched.client_as("operator")


def alerts_of(client: httpx.Client, subject: str, state: str = "open") -> list[dict[str, Any]]:
    answer = client.get("/api/v1/alerts", params={"state": state, "limit": 500})
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["items"] if one["subject"] == subject]


def wait_for_alert(client: httpx.Client, subject: str, rule: str) -> dict[str, Any]:
    wait_for(
        lambda: [one["rule"] for one in alerts_of(client, subject)] == [rule],
        timeout_seconds=60,
        what=f"the alert {rule} of {subject}",
    )
    return alerts_of(client, subject)[0]


def wait_until_closed(client: httpx.Client, subject: str) -> dict[str, Any]:
    wait_for(lambda: not alerts_of(client, subject), timeout_seconds=60, what="its end")
    return alerts_of(client, subject, "closed")[0]


def put(client: httpx.Client, path: str, **members: Any) -> None:
    answer = client.put(f"/api/v1/{path}", json=members, headers={"If-Match": "*"})
    if answer.status_code == 412:
        answer = client.put(f"/api/v1/{path}", json=members)
    assert answer.status_code in (200, 201), answer.text


def test_a_failed_agent_is_one_alert_that_counts_up_and_closes(
    operator: httpx.Client, new_id: Callable[[str], str]
) -> None:
    name = new_id("agent")
    put(operator, f"agents/{name}", agentType="Researcher", status="Failed")
    alert = wait_for_alert(operator, name, "agent_failed")
    assert (alert["severity"], alert["kind"], alert["count"]) == ("critical", "agent", 1)
    assert (alert["value"], alert["threshold"], alert["closedAt"]) == ("Failed", "Failed", None)
    operator.patch(f"/api/v1/agents/{name}", json={"properties": {"tries": 2}})
    wait_for(lambda: alerts_of(operator, name)[0]["count"] == 2, what="the second occurrence")
    operator.patch(f"/api/v1/agents/{name}", json={"status": "Ready"})
    closed = wait_until_closed(operator, name)
    assert closed["id"] == alert["id"]
    assert closed["closedAt"] > closed["openedAt"]


@pytest.mark.parametrize(
    ("path", "members", "cure", "rule"),
    [
        (
            "research",
            {"query": "q", "status": "Failed"},
            None,
            "research_failed",
        ),
        (
            "verifications",
            {"sourceId": "s", "content": "c", "confidenceScore": 0.3},
            {"confidenceScore": 0.9},
            "low_confidence",
        ),
        (
            "agents",
            AGENT | {"performanceMetrics": {"latencyMs": 900}},
            {"performanceMetrics": {"latencyMs": 20}},
            "slow_agent",
        ),
    ],
)
def test_a_rule_over_a_field(
    operator: httpx.Client,
    new_id: Callable[[str], str],
    path: str,
    members: dict[str, Any],
    cure: dict[str, Any] | None,
    rule: str,
) -> None:
    name = new_id("state")
    put(operator, f"{path}/{name}", **members)
    wait_for_alert(operator, name, rule)
    if cure is None:
        etag = operator.get(f"/api/v1/{path}/{name}").headers["ETag"]
        operator.delete(f"/api/v1/{path}/{name}", headers={"If-Match": etag})
    else:
        operator.patch(f"/api/v1/{path}/{name}", json=cure)
    wait_until_closed(operator, name)


def test_a_silent_agent_is_told_of_by_the_limit_of_its_type(
    operator: httpx.Client, new_id: Callable[[str], str]
) -> None:
    quiet, patient = new_id("agent"), new_id("agent")
    put(operator, f"agents/{patient}", agentType="Patient", status="Processing")
    put(operator, f"agents/{quiet}", agentType="Sleeper", status="Processing")
    alert = wait_for_alert(operator, quiet, "agent_silent")
    assert (alert["threshold"], alert["value"] > 1) == (1, True)
    assert not alerts_of(operator, patient)

    def is_over_once_it_is_heard_of() -> bool:
        operator.post(f"/api/v1/agents/{quiet}/heartbeat")  # each time: its limit is a second
        return not alerts_of(operator, quiet)

    wait_for(is_over_once_it_is_heard_of, timeout_seconds=60, what="its end")


def test_an_operator_acknowledges_with_a_note(
    watched: Server, operator: httpx.Client, new_id: Callable[[str], str]
) -> None:
    name = new_id("agent")
    put(operator, f"agents/{name}", agentType="Researcher", status="Failed")
    path = f"/api/v1/alerts/{wait_for_alert(operator, name, 'agent_failed')['id']}/acknowledge"
    answer = operator.post(path, json={"note": "I am on it"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["note"] == "I am on it"
    assert answer.json()["acknowledgedAt"]
    assert alerts_of(operator, name)[0]["acknowledgedBy"]
    assert watched.client_as("agent").post(path, json={}).status_code == 403
    assert operator.post("/api/v1/alerts/999999/acknowledge", json={}).status_code == 404
    assert operator.post("/api/v1/alerts/x/acknowledge", json={}).status_code == 404


def test_a_channel_hears_of_it_though_it_refused_at_first(
    operator: httpx.Client, new_id: Callable[[str], str]
) -> None:
    name = new_id("agent")
    put(operator, f"agents/{name}", agentType="Researcher", status="Failed")
    wait_for_alert(operator, name, "agent_failed")
    wait_for(
        lambda: any(name in one["title"] for one in Channel.messages),
        timeout_seconds=120,
        what="the message",
    )

    def delivered() -> bool:
        every = operator.get("/api/v1/alerts", params={"state": "all", "limit": 500}).json()
        deliveries = [one for alert in every["items"] for one in alert["deliveries"]]
        return bool(deliveries) and all(one["outcome"] == "delivered" for one in deliveries)

    wait_for(delivered, timeout_seconds=120, what="all messages delivered, the refused one too")
    tested = operator.post("/api/v1/alerts/test").json()["items"]
    assert [one["delivered"] for one in tested] == [True]
    assert "127.0.0.1" in tested[0]["channel"]


def test_the_list_is_paged_and_filtered(
    operator: httpx.Client, new_id: Callable[[str], str]
) -> None:
    names = [new_id("agent") for _ in range(3)]
    for name in names:
        put(operator, f"agents/{name}", agentType="Researcher", status="Failed")
    for name in names:
        wait_for_alert(operator, name, "agent_failed")
    seen, page = [], {}
    while True:
        answer = operator.get(
            "/api/v1/alerts", params={"rule": "agent_failed", "limit": 1} | page
        ).json()
        seen += [one["subject"] for one in answer["items"]]
        if answer["next"] is None:
            break
        page = {"page": answer["next"]}
    assert set(names) <= set(seen)
    assert len(seen) == len(set(seen))
    other = operator.get("/api/v1/alerts", params={"severity": "info"} | page)
    assert (other.status_code, other.json()["code"]) == (400, "bad_page")
    for bad in ({"state": "half-open"}, {"severity": "loud"}, {"colour": "red"}):
        assert operator.get("/api/v1/alerts", params=bad).status_code == 400


def test_the_rules_are_told(operator: httpx.Client) -> None:
    rules = {one["name"]: one for one in operator.get("/api/v1/alerts/rules").json()["items"]}
    assert rules["slow_agent"]["builtIn"] is False
    assert rules["hit_rate"]["threshold"] == 0.7
    assert rules["agent_failed"]["severity"] == "critical"
