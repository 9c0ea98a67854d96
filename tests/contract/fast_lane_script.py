"""A script of calls to the API, for servers that must answer it alike and as it is documented."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.contract.bodies import READY, RESEARCH, VERIFICATION, fact

AGENT = "/api/v1/agents/a-1"
RESEARCHES = "/api/v1/research/r-1"
VERIFIED = "/api/v1/verifications/v-1"
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
FORM = "application/x-www-form-urlencoded; charset=utf-7"
MINIMAL = "return=minimal"


@dataclass(frozen=True)
class Step:
    """One call. ``role`` names a key, or nobody; ``keep`` names members of the answer to keep.

    ``{name}`` in the path or in a header stands for what was kept under that name.
    """

    method: str
    path: str
    body: bytes = b""
    role: str | None = "agent"
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()


def call(
    method: str, path: str, body: Any = None, /, *, role: str | None = "agent", **headers: str
) -> Step:
    """A step; header names are written with underscores. Bytes are sent as they are."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return Step(method, path, b"", role, given)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Step(method, path, content, role, {"Content-Type": JSON, **given})


def facts(*numbers: int, **members: Any) -> dict[str, Any]:
    return {"facts": [fact(number, **members) for number in numbers]}


def batch(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"items": list(items), **members}


DEEP = b'{"agentType":"x","status":"Ready","properties":' + b'{"a":' * 101 + b"1" + b"}" * 102
LONG = b'{"agentType":"x","status":"Ready","properties":{"t":"' + b"x" * 1_100_000 + b'"}}'

WRITES = [
    call("PUT", AGENT, READY),
    call("PUT", AGENT, READY),  # 428
    call("PUT", AGENT, {**READY, "status": "Processing"}, If_Match='"1"'),
    call("PUT", AGENT, READY, If_Match='"1"'),  # moved on
    call("PUT", AGENT, {**READY, "properties": {"é": "ü\U0001f600", "n": 2**64 - 1}}, If_Match="*"),
    call("PUT", AGENT, READY, If_Match='"2", "3"', Prefer="return=minimal"),
    call("PUT", AGENT, READY, If_None_Match="*"),
    call("PUT", "/api/v1/agents/a-2", READY, If_None_Match="*"),
    call("PUT", "/api/v1/agents/a-3", READY, Prefer="return=minimal"),
    call("PUT", "/api/v1/agents/a-4", READY, If_Match='"1"'),  # not there
    call("PUT", "/api/v1/agents/a-4", READY, If_Match="*"),
    call("PUT", "/api/v1/agents/a%3A5", READY),
    call("PUT", "/api/v1/agents/bad%20id", READY),
    call("PUT", "/api/v1/agents/" + "x" * 201, READY),
    call("PUT", "/api/v1/agents/bad%20id", b"{"),
    call("PUT", AGENT, {**READY, "agentId": "other"}, If_Match="*"),
    call("PUT", AGENT, READY, If_Match='W/"3"'),
    call("PUT", AGENT, READY, If_Match="3"),
    call("PUT", AGENT, READY, If_Match='"03"'),
    call("PUT", AGENT, READY, If_Match='"' + "9" * 5000 + '"'),
    call("PUT", AGENT, READY, If_Match='"3"', If_None_Match="*"),
    call("PUT", AGENT, READY, If_None_Match='"3"'),
    call("PUT", AGENT, READY, If_Match="*", Lightning_Reason="x" * 501),
    call("PUT", AGENT, READY, If_Match="*", Lightning_Reason="because"),
    call("PUT", AGENT, {**READY, "status": "Completed"}, If_Match="*"),
    call("PUT", AGENT, {**READY, "status": "Paused"}, If_Match="*"),  # illegal transition
    call("PUT", f"{AGENT}?force=true", {**READY, "status": "Paused"}, If_Match="*"),  # 403
    call(
        "PUT", f"{AGENT}?force=true", {**READY, "status": "Paused"}, role="operator", If_Match="*"
    ),
]
BODIES = [
    call("PUT", AGENT, body, If_Match="*")
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"agentType":"x","agentType":"y","status":"Ready"}',
        b'{"agentType":"x","status":"Ready","performanceMetrics":{"m":NaN}}',
        b'{"agentType":"\xff","status":"Ready"}',
        b'{"agentType":"\\ud800","status":"Ready"}',
        b'{"agentType":"\\u0000","status":"Ready"}',
        b'{"agentType":"x","status":"Ready","properties":{"n":18446744073709551616}}',
        b'{"agentType":"x","status":"Ready","properties":{"n":1e999}}',
        b'{"agentType":1,"status":"Nowhere","surprise":true}',
        DEEP,
        LONG,
    )
]
MEDIA = [
    call("PUT", AGENT, READY, If_Match="*", Content_Type="text/plain"),
    call("PUT", AGENT, READY, If_Match="*", Content_Type=MERGE_PATCH),
    call("PUT", AGENT, READY, If_Match="*", Content_Type="application/json; charset=latin-1"),
    call("PUT", AGENT, READY, If_Match="*", Content_Type="Application/JSON; charset=UTF-8"),
    call("PATCH", AGENT, {"properties": {"p": 1}}, Content_Type=MERGE_PATCH),
]
PATCHES = [
    call("PATCH", AGENT, {"properties": {"q": {"r": None, "s": 2}}}),
    call("PATCH", AGENT, {"properties": {"p": None}}, If_Match='"1"'),
    call("PATCH", AGENT, {"properties": None, "activeTaskIds": ["t"]}, Prefer="return=minimal"),
    call("PATCH", AGENT, {"status": None}),
    call("PATCH", AGENT, {"surprise": 1}),
    call("PATCH", AGENT, {"surprise": None}),
    call("PATCH", AGENT, {}, Prefer='return="minimal"; a, foo="return=representation"'),
    call("PATCH", AGENT, {}, Prefer='foo="return=minimal"'),
    call("PATCH", AGENT, {}, If_None_Match="*"),
    call("PATCH", "/api/v1/agents/nobody", {"properties": {}}),
    call("PATCH", "/api/v1/agents/nobody", {"properties": {}}, If_Match="*"),
    call("PATCH", AGENT, {"agentId": "other"}),
]
READS = [
    call("GET", AGENT),
    call("GET", AGENT, role="viewer"),
    call("GET", AGENT, If_None_Match='"1"'),
    call("GET", AGENT, If_None_Match='W/"1", "9", "10", "11", "12", "13"'),
    call("GET", AGENT, If_None_Match="*"),
    call("GET", AGENT, Cache_Control="no-cache"),
    call("GET", AGENT, Lightning_Min_Version="2"),
    call("GET", AGENT, Lightning_Min_Version="999"),
    call("GET", AGENT, Lightning_Min_Version="two"),
    call("GET", "/api/v1/agents/nobody"),
    call("GET", "/api/v1/agents/nobody"),  # now known to be unknown
    call("GET", "/api/v1/agents/bad%20id"),
    call("GET", "/api/v1/agents/a%3A5"),
    call("GET", f"{AGENT}?version=1"),
    call("GET", f"{AGENT}?version=99"),
    call("GET", f"{AGENT}?version=one"),
    call("GET", f"{AGENT}?unknown=1"),
    call("GET", f"{AGENT}?include=everything"),
    call("POST", AGENT, READY),  # 405
    call("GET", f"{AGENT}/nothing"),
]
CREDENTIALS = [
    call("GET", AGENT, role=None),
    call("GET", AGENT, role=None, Authorization="Bearer wrong.key"),
    call("GET", AGENT, role=None, Authorization="Bearer"),
    call("GET", AGENT, role=None, Authorization="Basic YTpi"),
    call("GET", AGENT, role=None, X_Api_Key="wrong"),
    call("PUT", AGENT, READY, role="viewer", If_Match="*"),
    call("PUT", AGENT, b"{", role="viewer"),  # 403 before 400
    call("PUT", AGENT, READY, role="bound", If_Match="*"),
    call("PUT", "/api/v1/agents/a-bound", READY, role="bound"),
    call("POST", "/api/v1/agents/batch-set", batch(), role="viewer"),
]
RESEARCH_CALLS = [
    call("PUT", RESEARCHES, {**RESEARCH, "extractedFacts": [fact(1), {"content": "no id"}]}),
    call("GET", RESEARCHES),
    call("GET", RESEARCHES),
    call("PUT", RESEARCHES, {**RESEARCH, "status": "InProgress"}, If_Match='"1"'),
    call("PATCH", RESEARCHES, {"iterationCount": 3, "currentQualityScore": 0.5}),
    call("PATCH", RESEARCHES, {"iterationCount": 2}),  # never goes down
    call("PATCH", RESEARCHES, {"status": "Pending"}),
    call("POST", f"{RESEARCHES}/facts", facts(2, 3, confidenceScore=80)),
    call("POST", f"{RESEARCHES}/facts", facts(2, 3, confidenceScore=80)),  # adds nothing
    call("POST", f"{RESEARCHES}/facts", facts(3, sourceUrl="http://a"), Prefer="return=minimal"),
    call("POST", f"{RESEARCHES}/facts", facts(4), If_Match='"1"'),
    call("POST", f"{RESEARCHES}/facts", {"facts": [{"id": "f9"}]}),
    call("POST", f"{RESEARCHES}/facts", {"facts": "none"}),
    call("POST", f"{RESEARCHES}/facts", {"facts": [], "more": 1}),
    call("POST", f"{RESEARCHES}/facts", {"facts": []}),
    call("POST", "/api/v1/research/nobody/facts", facts(1)),
    call("POST", f"{AGENT}/facts", facts(1)),  # agents have none
    call("GET", f"{RESEARCHES}/facts?limit=1"),
    call("PUT", VERIFIED, {**VERIFICATION, "isVerified": True, "confidenceScore": 0.9}),
    call("PATCH", VERIFIED, {"confidenceScore": 0.1}),  # not verified at so little
    call("GET", VERIFIED),
    call("DELETE", RESEARCHES),
    call("DELETE", RESEARCHES, If_Match='"1"'),
    call("DELETE", RESEARCHES, If_Match="*"),
    call("DELETE", RESEARCHES),
    call("GET", RESEARCHES),
    call("PUT", RESEARCHES, RESEARCH, If_Match='"1"'),  # comes too late
    call("PUT", RESEARCHES, RESEARCH),
]
BATCHES = [
    call("POST", "/api/v1/agents/batch-get", {"ids": ["a-1", "nobody", "a-2", "a-1"]}),
    call("POST", "/api/v1/agents/batch-get", {"ids": ["a-2"]}, Cache_Control="no-cache"),
    call("POST", "/api/v1/research/batch-get", {"ids": ["r-1"]}),
    call("POST", "/api/v1/agents/batch-get", {"ids": []}),
    call("POST", "/api/v1/agents/batch-get", {"ids": ["bad id"]}),
    call("POST", "/api/v1/agents/batch-get", {"ids": [str(n) for n in range(1001)]}),
    call("POST", "/api/v1/agents/batch-get", {"ids": [], "more": 1}),
    call("POST", "/api/v1/agents/batch-get", b"{"),
    call(
        "POST",
        "/api/v1/agents/batch-set",
        batch(
            {"id": "b-1", "state": READY},
            {"id": "a-1", "state": READY},
            {"id": "a-2", "state": READY, "ifMatch": 99},
            {"id": "a-3", "patch": {"properties": {"x": 1}}},
            {"id": "b-2", "delete": True},
            {"id": "bad id", "state": READY},
            {"id": "b-3", "state": {"status": "Nowhere"}},
        ),
    ),
    call(
        "POST",
        "/api/v1/agents/batch-set",
        batch({"id": "b-4", "state": READY}, {"id": "a-1", "state": READY}, atomic=True),
    ),
    call("POST", "/api/v1/agents/batch-set", batch({"id": "b-5", "state": READY}, atomic=True)),
    call(
        "POST",
        "/api/v1/agents/batch-set",
        batch({"id": "b-8", "state": {}}, {"id": "a-1", "state": READY}, atomic=True),
    ),
    call("POST", "/api/v1/agents/batch-set", batch({"id": "b-9", "patch": {}, "delete": None})),
    call("POST", "/api/v1/agents/batch-set", batch()),
    call("POST", "/api/v1/agents/batch-set", batch({"id": "b-6"})),
    call(
        "POST",
        "/api/v1/agents/batch-set",
        batch({"id": "b-7", "state": READY}, {"id": "b-7", "state": READY}),
    ),
    call("POST", "/api/v1/agents/batch-set", batch(atomic="yes")),
    call(
        "POST",
        "/api/v1/agents/batch-set",
        batch({"id": "a-1", "state": READY}, {"id": "a-bound", "patch": {}}),
        role="bound",
    ),
]
KEYED = "/api/v1/agents/keyed"
IDEMPOTENCY = [
    call("PUT", KEYED, READY, Idempotency_Key="one"),
    call("PUT", KEYED, READY, Idempotency_Key="one"),
    call("PUT", KEYED, {**READY, "agentType": "other"}, Idempotency_Key="one"),
    call("PUT", KEYED, READY, Idempotency_Key="one", Prefer="return=minimal"),
    call("PATCH", KEYED, {"properties": {"k": 1}}, Idempotency_Key="two"),
    call("PATCH", KEYED, {"properties": {"k": 1}}, Idempotency_Key="two"),
    call("PUT", KEYED, READY, Idempotency_Key="refused"),  # 428 is not remembered
    call("PUT", KEYED, READY, Idempotency_Key="x" * 201),
    call("PUT", KEYED, READY, Idempotency_Key="", If_Match="*"),
    call(
        "POST", "/api/v1/agents/batch-set", batch({"id": "kb", "state": READY}), Idempotency_Key="b"
    ),
    call(
        "POST", "/api/v1/agents/batch-set", batch({"id": "kb", "state": READY}), Idempotency_Key="b"
    ),
    call("DELETE", KEYED, If_Match="*", Idempotency_Key="gone"),
    call("DELETE", KEYED, If_Match="*", Idempotency_Key="gone"),
]
LOCKED = "/api/v1/agents/a-2"
LOCKS = [
    Step(
        "POST",
        "/api/v1/locks",
        json.dumps({"kind": "agent", "id": "a-2", "owner": "me"}).encode(),
        headers={"Content-Type": JSON},
        keep=("token", "lockId"),
    ),
    call("PATCH", LOCKED, {"properties": {"l": 1}}),  # 423
    call("PATCH", LOCKED, {"properties": {"l": 1}}, Lock_Token="wrong"),
    call("PATCH", LOCKED, {"properties": {"l": 1}}, Lock_Token="{token}"),
    call("PATCH", AGENT, {"properties": {"l": 1}}, Lock_Token="{token}"),  # nobody holds that one
    call("POST", "/api/v1/agents/batch-set", batch({"id": "a-2", "patch": {}})),
]

LOCK = "/api/v1/locks/{lockId}"
LOCKS += [
    call("GET", "/api/v1/locks?kind=agent&id=a-2"),
    call("GET", "/api/v1/locks?kind=robot"),
    call("POST", "/api/v1/locks", {"kind": "agent", "id": "a-2", "owner": "you"}),  # held
    call("POST", "/api/v1/locks", {"kind": "agent", "id": "a-2", "ttlSeconds": 0}),
    call("POST", "/api/v1/locks", {"kind": "agent", "id": "a-2", "owner": "me"}, role="bound"),
    call("PATCH", LOCK, {"ttlSeconds": 60}, Lock_Token="{token}"),
    call("PATCH", LOCK, {"ttlSeconds": 60}, Lock_Token="wrong"),
    call("PATCH", LOCK, {"ttlSeconds": 60}),  # without a token
    call("PATCH", "/api/v1/locks/nothing", {"ttlSeconds": 60}),
    call("PATCH", LOCK, {"ttlSeconds": 60}, role="bound", Lock_Token="{token}"),
    call("DELETE", f"{LOCK}?force=true", Lock_Token="{token}"),  # 403
    call("DELETE", f"{LOCK}?force=maybe", Lock_Token="{token}"),
    call("DELETE", LOCK, Lock_Token="wrong"),
    call("DELETE", LOCK, Lock_Token="{token}"),
    call("DELETE", LOCK, Lock_Token="{token}"),
    call("DELETE", "/api/v1/locks/nothing"),
]
LISTS = [
    call("GET", "/api/v1/agents?limit=2"),
    call("GET", "/api/v1/agents?status=Ready&ordering=-lastUpdated&agentType="),
    call("GET", "/api/v1/agents?q=x&include=lastSeen"),
    call("GET", "/api/v1/research"),
    call("GET", "/api/v1/verifications?minConfidence=0.5&verified=true"),
    call("GET", "/api/v1/verifications?status=Verified"),
    call("GET", "/api/v1/agents?limit=1&limit=1"),
    call("GET", "/api/v1/agents?page=nowhere"),
    call("GET", f"{RESEARCHES}/facts"),
    call("GET", "/api/v1/research/nobody/facts"),
    call("GET", "/api/v1/summary"),
    call("HEAD", "/api/v1/summary"),
    call("GET", "/api/v1/instances"),
    call("GET", "/api/v1/metrics"),
    call("GET", "/metrics"),
    call("GET", "/api/v1/alerts"),
    call("GET", "/api/v1/alerts?state=ajar"),
    call("GET", "/api/v1/alerts/rules"),
    call("POST", "/api/v1/alerts/test", role="operator"),
    call("POST", "/api/v1/alerts/test"),  # 403
    call("POST", "/api/v1/alerts/999999/acknowledge", {}, role="operator"),
    call("POST", "/api/v1/alerts/999999/acknowledge", {"colour": "red"}, role="operator"),
    call("HEAD", "/api/v1/cache"),
    call("POST", "/api/v1/cache/invalidate", {"key": "agent_state:nobody"}, role="operator"),
    call("POST", "/api/v1/cache/invalidate", {"category": "robots"}, role="operator"),
    call("POST", "/api/v1/cache/invalidate", {"key": "agent_state:nobody"}),  # 403
]
TIME = [
    call("GET", f"{AGENT}/history?limit=3"),
    call("GET", f"{AGENT}/history?before=one"),
    call("GET", "/api/v1/agents/nobody/history"),
    call("GET", f"{AGENT}/diff?from=1&to=2"),
    call("GET", f"{AGENT}/diff?from=1"),
    call("GET", f"{AGENT}/diff?from=1&to=999"),
    call("POST", f"{AGENT}/restore", {"version": 1}),  # 403
    call("POST", f"{AGENT}/restore", {"version": 1}, role="operator"),  # 428
    call("POST", f"{AGENT}/restore", {"version": 1}, role="operator", If_Match="*"),
    call("POST", f"{AGENT}/restore", {"version": 999}, role="operator", If_Match="*"),
    call("POST", f"{AGENT}/restore", {"version": 0}, role="operator", If_Match="*"),
    call("POST", f"{KEYED}/restore", {"version": 1}, role="operator", If_None_Match="*"),
    call("POST", f"{AGENT}/restore", {"version": 1}, role="operator", If_Match="*", Prefer=MINIMAL),
    call("GET", "/api/v1/events"),
    call("GET", "/api/v1/events?after=nowhere"),
    call("GET", "/api/v1/events?wait=NaN"),
    call("GET", "/api/v1/snapshot?at=never"),
    call("GET", "/api/v1/snapshot?time=2020-01-01T00:00:00Z"),
    call("GET", "/api/v1/snapshot?at="),
    call("GET", "/api/v1/snapshot"),
]
KEYS = [
    call("GET", "/api/v1/keys", role="admin"),
    call("GET", "/api/v1/keys", role="operator"),
    call("GET", "/api/v1/keys?page=nowhere", role="admin"),
    Step(
        "POST",
        "/api/v1/keys",
        b'{"name":"script","role":"viewer","agentId":null,"expiresInDays":1}',
        "admin",
        {"Content-Type": JSON},
        ("id",),
    ),
    call("POST", "/api/v1/keys", {"name": "two\nlines", "role": "king"}, role="admin"),
    call(
        "POST",
        "/api/v1/keys",
        {"name": "\u2028", "role": "agent", "agentId": "a b", "expiresInDays": 0},
        role="admin",
    ),
    call("POST", "/api/v1/keys", {"name": "x", "role": "viewer"}, role="operator"),
    call("POST", "/api/v1/keys/{id}/revoke", {"reason": "it leaked"}, role="operator"),
    call("POST", "/api/v1/keys/{id}/revoke", {"reason": "it leaked"}, role="admin"),
    call("POST", "/api/v1/keys/{id}/revoke", {}, role="admin"),
    call("POST", "/api/v1/keys/nothing/revoke", {"reason": 1}, role="admin"),
    call("POST", "/api/v1/keys/nothing/revoke", {}, role="admin"),
    call("POST", "/api/v1/keys/%00/revoke", {}, role="admin"),
]
HEARTBEATS = [
    call("POST", f"{AGENT}/heartbeat"),
    call("GET", f"{AGENT}?include=lastSeen"),
    call("POST", "/api/v1/agents/nobody/heartbeat"),
    call("POST", "/api/v1/agents/bad%20id/heartbeat"),
    call("POST", f"{AGENT}/heartbeat", role="bound"),
    call("POST", "/api/v1/agents/heartbeat", {"ids": ["a-1", "nobody"]}),
    call("POST", "/api/v1/agents/heartbeat", {"ids": ["a-1"]}, role="bound"),
    call("POST", "/api/v1/agents/heartbeat", {"ids": ["bad id"]}),
    call("GET", "/api/v1/agents/heartbeat"),  # a state of that name
]
EDGES = [
    call("POST", "/api/v1/research//facts", facts(1)),
    call("GET", "/api/v1/agents/"),
    call("GET", f"{AGENT}/"),
    call("GET", "/api/v1/nothing"),
    call("OPTIONS", AGENT),
    call("DELETE", "/api/v1/agents"),
    call("PUT", "/api/v1/cache/invalidate", {}),
    call("GET", f"{AGENT}?version=1&version=2"),
    call("GET", f"{AGENT}?version="),
    call("GET", f"{AGENT}?%76ersion=1"),
    call("PUT", f"{AGENT}?force=", READY, If_Match="*"),
    call("PUT", f"{AGENT}?force=yes", READY, If_Match="*"),
    call("PUT", f"{AGENT}?surprise=1", READY, If_Match="*"),
    call("DELETE", f"{AGENT}?surprise=1", If_Match="*"),
    call("GET", "/api/v1/summary?" + "a=1&" * 1001),
    call("PUT", AGENT, READY, If_Match="*", Content_Encoding="gzip"),
    call("PUT", AGENT, READY, If_Match="*", Content_Type="application/x-www-form-urlencoded"),
    call("POST", f"{AGENT}/heartbeat", b"a=1", Content_Type=FORM),
    call("POST", "/api/v1/agents/batch-get", b'{"ids":[' + b" " * 300_000 + b"]}"),
    call("PUT", AGENT, b"[" * 900 + b'"\\ud800"' + b"]" * 900, If_Match="*"),
    call("PUT", AGENT, b"[" * 200_000, If_Match="*"),
    call("GET", AGENT, role=None, Authorization="Bearer a", X_Api_Key="b"),
]
FACTS_ASKED = {
    "facts": ["The bridge is 300 m long.", "The bridge is 400 m long.", "The bridge is red."],
    "source": "The bridge is 0.3 km long.",
}
STEP = {"stepNumber": 1, "logic": "It is wet.", "conclusions": ["It rained."], "confidence": 0.7}
VERIFYING = [
    step
    for door in ("/api/verl", "/api/rlcs")
    for step in (
        call("POST", f"{door}/verify", {"taskId": "t", "result": "It rained."}, role="viewer"),
        call("POST", f"{door}/verify", {"taskId": "t", "result": ""}),
        call("POST", f"{door}/verify", {"result": "x"}),
        call("POST", f"{door}/verify", b"{"),
        call("POST", f"{door}/verify", {"taskId": "t"}, role=None),
        call("GET", f"{door}/verify"),
        call("POST", f"{door}/nothing", {}),
        call("POST", f"{door}/validate-reasoning", {"steps": [STEP]}),
        call("POST", f"{door}/evaluate-confidence", {"content": "It may rain.", "context": None}),
        call("POST", f"{door}/evaluate-confidence", {"content": "{}", "context": "agent_state"}),
        call("POST", f"{door}/verify-facts", FACTS_ASKED),
        call("POST", f"{door}/verify-facts", {"facts": [1], "source": ""}),
        call("POST", f"{door}/verify-facts", {"facts": ["It rained."], "source": "r-1"}),
        call("POST", f"{door}/check-consistency", {"statements": ["It is on.", "It is off."]}),
        call("POST", f"{door}/check-consistency?a=1", {"statements": []}),
    )
]

WIRE_AGENT = {"agentId": "w-1", "agentType": "Digger", "capabilities": {"dig": True}}


def task(name: str, task_id: str, given: Any = None, **members: Any) -> dict[str, Any]:
    """What a Lightning client submits."""
    return {"agentId": "w-1", "task": {"id": task_id, "name": name, "input": given, **members}}


WIRE = [
    call("GET", "/api/server/info"),
    call("GET", "/api/server/info", role=None),
    call("POST", "/api/server/info"),
    call("POST", "/api/agents/register", WIRE_AGENT),
    call("POST", "/api/agents/register", WIRE_AGENT, role="viewer"),
    call("POST", "/api/agents/register", WIRE_AGENT, role="bound"),
    call("POST", "/api/agents/register", {"agentId": "bad id"}),
    call("GET", "/api/agents"),
    call("GET", "/api/agents/w-1"),
    call("GET", "/api/agents/nobody"),
    call("DELETE", "/api/agents"),
    call("POST", "/api/tasks/submit", task("GetAgentState", "t-1", {"agentId": "nobody"})),
    call("POST", "/api/tasks/submit", task("GetAgentState", "t-2", {})),
    call("POST", "/api/tasks/submit", task("Dig", "t-3", {"where": "here"}, priority=3)),
    call("POST", "/api/tasks/submit", task("Dig", "t-3")),
    call("POST", "/api/tasks/submit", task("Dig", "t-4"), role="viewer"),
    call("POST", "/api/tasks/submit", b"{"),
    call("POST", "/api/tasks/submit", task("Dig", "bad id")),
    call(
        "POST",
        "/api/tasks/submit",
        task("SetAgentState", "t-5", {"state": {**READY, "agentId": "w-1", "version": 9}}),
    ),
    call("GET", "/api/agents/w-1/tasks/pending"),
    call("GET", "/api/agents/nobody/tasks/pending"),
    call("PUT", "/api/tasks/t-3/status", {"status": "Completed", "result": "found"}),
    call("PUT", "/api/tasks/t-3/status", {"status": "Lost"}),
    call("PUT", "/api/tasks/t-3/status", {"status": "Failed"}, role="bound"),
    call("PUT", "/api/tasks/nothing/status", {"status": "Failed"}),
    call("GET", "/api/resources/latest"),
    call("POST", "/api/resources/add", {"resources": {"prompt": '{"text":"dig"}'}}),
    call("POST", "/api/resources/add", {"resources": []}),
    call("GET", "/api/resources/latest"),
    call("GET", "/api/nothing/here"),
]

ORDER = {"kind": "agent", "action": "pause", "ids": ["a-1"]}
JOBS = [
    call("GET", "/api/v1/jobs"),
    call("GET", "/api/v1/jobs?state=open&limit=2"),
    call("GET", "/api/v1/jobs?state=lost"),
    call("GET", "/api/v1/jobs/999"),
    call("GET", "/api/v1/jobs/999/results?result=done"),
    call("POST", "/api/v1/jobs", ORDER),
    call("POST", "/api/v1/jobs", {**ORDER, "dryRun": True}, role="operator"),
    call("POST", "/api/v1/jobs", {**ORDER, "filter": ""}, role="operator"),
    call("POST", "/api/v1/jobs", {**ORDER, "ids": ["nobody"]}, role="operator"),
    call("POST", "/api/v1/jobs/999/undo", role="operator"),
    call("POST", "/api/v1/jobs/999/cancel", role="operator"),
    call("DELETE", "/api/v1/jobs/999", role="operator"),
]

SCRIPT: list[Step] = [
    *WRITES,
    *BODIES,
    *MEDIA,
    *PATCHES,
    *READS,
    *CREDENTIALS,
    *RESEARCH_CALLS,
    *BATCHES,
    *IDEMPOTENCY,
    *LOCKS,
    *LISTS,
    *TIME,
    *KEYS,
    *HEARTBEATS,
    *EDGES,
    *VERIFYING,
    *WIRE,
    *JOBS,
]


def played(client: httpx.Client, keys: Mapping[str, str]) -> Iterator[tuple[Step, httpx.Response]]:
    """The script's steps with their answers, one after another."""
    kept: dict[str, str] = {}
    for number, step in enumerate(SCRIPT):
        path, headers = step.path, dict(step.headers)
        for name, value in kept.items():
            path = path.replace(f"{{{name}}}", value)
            headers = {key: text.replace(f"{{{name}}}", value) for key, text in headers.items()}
        headers["X-Request-Id"] = f"call-{number}"
        if step.role is not None:
            headers["Authorization"] = f"Bearer {keys[step.role]}"
        response = client.request(step.method, path, content=step.body or None, headers=headers)
        kept.update({name: response.json()[name] for name in step.keep})
        yield step, response
