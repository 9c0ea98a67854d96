"""The table of calls: which call a request is, and what the table says of each."""

import pytest

from state.operations.table import PREFIX, table

CALLS = [operation for operation in table.operations if operation.path.startswith(PREFIX)]


def found(method: str, path: str) -> tuple[str, str] | None:
    """The call's name in the documentation, and its id."""
    call = table.find(method, f"/api/v1/{path}")
    return None if call is None else (call[0].id, call[1])


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "agents", ("listAgent", "")),
        ("GET", "agents/a", ("getAgent", "a")),
        ("HEAD", "agents/a", ("getAgent", "a")),
        ("PUT", "research/r", ("putResearch", "r")),
        ("GET", "agents/bad id", ("getAgent", "bad id")),
        ("GET", "agents/line\nbreak", ("getAgent", "line\nbreak")),
        ("GET", "verifications/v/history", ("historyVerification", "v")),
        ("POST", "research/r/facts", ("appendFactsResearch", "r")),
        ("POST", "agents/batch-set", ("batchSetAgent", "")),
        ("GET", "agents/batch-set", ("getAgent", "batch-set")),
        ("DELETE", "agents/heartbeat", ("deleteAgent", "heartbeat")),
        ("POST", "agents/heartbeat", ("heartbeatsAgent", "")),
        ("POST", "agents/heartbeat/heartbeat", ("heartbeatAgent", "heartbeat")),
        ("GET", "agents/{id}", ("getAgent", "{id}")),
        ("DELETE", "locks/l", ("releaseLock", "l")),
        ("POST", "agents/a", ("methodNotAllowed", "a")),
        ("DELETE", "agents", ("methodNotAllowed", "")),
        ("OPTIONS", "agents/a/history", ("methodNotAllowed", "a")),
        ("GET", "cache/invalidate", ("methodNotAllowed", "invalidate")),
        ("POST", "agents/a/facts", None),
        ("POST", "research//facts", None),
        ("GET", "agents/", None),
        ("GET", "agents/a/", None),
        ("GET", "agents/a/history/", None),
        ("GET", "agents/a/b/c", None),
        ("GET", "nothing", None),
        ("GET", "", None),
    ],
)
def test_a_request_is_the_call_of_its_method_and_path(
    method: str, path: str, expected: tuple[str, str] | None
) -> None:
    assert found(method, path) == expected


def test_paths_elsewhere_are_no_calls() -> None:
    for path in ("/api/v2/agents", "/health", "/api/v1", "/", "agents"):
        assert table.find("GET", path) is None


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "agents", ("listRegistrations", "")),
        ("GET", "agents/register", ("getRegistration", "register")),
        ("POST", "agents/register", ("registerAgent", "")),
        ("GET", "agents/a/tasks/pending", ("pendingTasks", "a")),
        ("POST", "agents/a/tasks/pending", ("methodNotAllowed", "a")),
        ("PUT", "tasks/t/status", ("setTaskStatus", "t")),
        ("GET", "server/info", ("serverInfo", "")),
        ("GET", "agents/a/tasks", None),
        ("GET", "agents/a/tasks/pending/x", None),
        ("GET", "v1/agents/a/tasks/pending", None),
    ],
)
def test_the_wire_has_its_paths(method: str, path: str, expected: tuple[str, str] | None) -> None:
    call = table.find(method, f"/api/{path}")
    assert (None if call is None else (call[0].id, call[1])) == expected


def test_no_two_calls_have_one_name() -> None:
    names = [operation.id for operation in table.operations]
    assert len(set(names)) == len(names)


def test_only_those_who_may_write_send_large_bodies() -> None:
    largest = {
        operation.id: operation.body.limit_bytes // 1024
        for operation in CALLS
        if operation.body is not None and operation.role == "viewer"
    }
    assert set(largest.values()) == {256}, largest


def test_what_changes_something_needs_more_than_a_viewer() -> None:
    reading = {operation.id for operation in CALLS if operation.role == "viewer"}
    changing = {
        operation.id
        for operation in CALLS
        if operation.method != "GET" and not operation.name.startswith("batchGet")
    }
    assert not reading & changing
