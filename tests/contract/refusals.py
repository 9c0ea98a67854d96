"""Asserts that an answer is a certain refusal, and that it looks as §11 says."""

from typing import Any

import httpx

MEMBERS = {"type", "title", "status", "detail", "code", "requestId"}
LEAKS = ("Traceback", "SELECT ", "select ", 'File "', "psycopg", "sqlite3", "django")


def assert_refused(answer: httpx.Response, status: int, code: str, **members: Any) -> None:
    """The answer is this refusal, with these extra members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code, problem
    assert problem.keys() >= MEMBERS
    assert problem["status"] == status
    assert problem["requestId"] == answer.headers["X-Request-Id"]
    assert not [leak for leak in LEAKS if leak in answer.text]
    for name, value in members.items():
        assert problem[name] == value, problem


def assert_invalid(answer: httpx.Response, field: str) -> None:
    """The answer is 422 `invalid` and names this field."""
    assert_refused(answer, 422, "invalid")
    named = [error["field"] for error in answer.json()["errors"]]
    assert any(name.startswith(field) for name in named), named
    assert all(error["message"] for error in answer.json()["errors"])
