"""§1: which verifications are legal, and what the server fills in."""

from typing import Any

import httpx
import pytest

from tests.contract.bodies import VERIFICATION
from tests.contract.conftest import NewPath
from tests.contract.refusals import assert_invalid

pytestmark = pytest.mark.one_place


@pytest.mark.parametrize("field", ["sourceId", "content"])
def test_it_requires(client: httpx.Client, new_path: NewPath, field: str) -> None:
    body = {name: value for name, value in VERIFICATION.items() if name != field}
    assert_invalid(client.put(new_path("verifications"), json=body), field)


def test_it_fills_in_the_defaults(client: httpx.Client, new_path: NewPath) -> None:
    stored = client.put(new_path("verifications"), json=VERIFICATION).json()
    assert stored["confidenceScore"] == 0
    assert stored["isVerified"] is False
    assert stored["issues"] == []


def test_the_server_fills_verified_at(client: httpx.Client, new_path: NewPath) -> None:
    stored = client.put(new_path("verifications"), json=VERIFICATION).json()
    assert stored["verifiedAt"] == stored["createdAt"]


def test_everything_given_is_kept(client: httpx.Client, new_path: NewPath) -> None:
    body = {
        "sourceId": "research-1:fact@2",
        "content": "",
        "confidenceScore": 0.875,
        "isVerified": True,
        "issues": ["", "no date"],
        "verifiedAt": "2024-05-01T12:00:00Z",
        "verifiedBy": "reviewer",
    }
    stored = client.put(new_path("verifications"), json=body).json()
    assert {name: stored[name] for name in body} == body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sourceId", ""),
        ("sourceId", "with space"),
        ("sourceId", "task-1\n"),
        ("sourceId", "s" * 201),
        ("sourceId", 5),
        ("content", 5),
        ("confidenceScore", -0.1),
        ("confidenceScore", 1.1),
        ("confidenceScore", 87),
        ("isVerified", 1),
        ("isVerified", "true"),
        ("issues", "none"),
        ("issues", [1]),
        ("verifiedAt", "now"),
        ("verifiedBy", 5),
    ],
)
def test_it_refuses_another_type(
    client: httpx.Client, new_path: NewPath, field: str, value: Any
) -> None:
    path = new_path("verifications")
    assert_invalid(client.put(path, json={**VERIFICATION, field: value}), field)
    assert client.get(path).status_code == 404
