"""§9: health, and the API's description without the internet."""

import re

import httpx
import pytest

from tests.contract.refusals import assert_refused
from tests.rig.server import Server

pytestmark = pytest.mark.one_place

EXTERNAL = re.compile(r"""(?:src|href|url)\s*[=:(]\s*["']?(?:https?:)?//(?!127\.0\.0\.1)""")


def test_health_tells_what_it_depends_on(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "healthy"
    assert body["timestamp"].endswith("Z")
    assert isinstance(body["checks"], dict)
    assert body["checks"]
    for flag in ("agentLightningAvailable", "lightningStoreInitialized", "dashboardAvailable"):
        assert body[flag] is True


def test_live_and_ready(anonymous: httpx.Client) -> None:
    assert anonymous.get("/health/live").status_code == 200
    assert anonymous.get("/health/ready").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_health_is_only_read(anonymous: httpx.Client, path: str, method: str) -> None:
    answer = anonymous.request(method, path)
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD"
    assert anonymous.head(path).status_code == 200


def test_the_schema_is_openapi_3_1(server: Server) -> None:
    client = server.client_as("viewer")
    answer = client.get("/api/schema", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    schema = answer.json()
    assert schema["openapi"].startswith("3.1")
    for path in ("/api/v1/agents/{id}", "/api/v1/summary", "/api/v1/research/batch-set"):
        assert path in schema["paths"]
    for path, methods in schema["paths"].items():
        if path.startswith("/api/v1"):
            for method, operation in methods.items():
                assert operation["responses"], (path, method)


def test_the_docs_need_no_internet(server: Server) -> None:
    client = server.client_as("viewer")
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "text/html" in page.headers["Content-Type"]
    assert not EXTERNAL.search(page.text)
    assets = re.findall(r'(?:src|href)="([^"]+\.(?:js|css|png)[^"]*)"', page.text)
    assert assets
    for asset in assets:
        assert client.get(asset).status_code == 200, asset


def test_the_docs_run_no_inline_script_that_their_policy_forbids(server: Server) -> None:
    page = server.client_as("viewer").get("/api/docs")
    policy = page.headers.get("Content-Security-Policy", "")
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", page.text)
    if inline and policy:
        assert "'unsafe-inline'" in policy or "'nonce-" in policy
