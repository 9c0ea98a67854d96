"""Contract §8: with LIGHTNING_FAST_LANE off every request goes through DRF; same answers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import BACKEND_TOPOLOGY
from tests.contract.fast_lane_script import AGENT, SCRIPT, Step, played
from tests.rig.backends import Backend, Backends
from tests.rig.server import Server, running

pytestmark = pytest.mark.one_place

# The headers that the contract promises, and what a client needs to read the body.
HEADERS = (
    "content-type",
    "etag",
    "location",
    "www-authenticate",
    "retry-after",
    "idempotency-replayed",
    "preference-applied",
    "x-request-id",
    "cache-control",
    "x-content-type-options",
)
_TIME = re.compile(rb'"\d{4}-\d\d-\d\dT[\d:.]+Z"')
_SECRETS = re.compile(rb'"(lockId|token|cursor|instance|resourcesId)":"[^"]*"')
_OF_A_KEY = re.compile(rb'"(id|key|next|lastUsedAt)":(null|"[^"]*")')
FIGURES = ("/metrics", "/api/v1/metrics", "/api/v1/alerts")
"""What an instance tells of itself and of its machine: each its own."""
_FIGURES = re.compile(rb'"(lagSeconds|utilization|memoryBytes)":[0-9.e-]+')


@dataclass(frozen=True)
class Answer:
    """An answer without what differs from one run to the next."""

    status: int
    headers: tuple[tuple[str, str | None], ...]
    names_a_level: bool
    body: bytes


def masked(step: Step, response: httpx.Response) -> Answer:
    body = _SECRETS.sub(rb'"\1":"secret"', _TIME.sub(b'"time"', response.content))
    body = _FIGURES.sub(rb'"\1":0', body)
    if step.path in FIGURES:
        body = b""
    elif step.path.startswith("/api/v1/keys"):
        body = _OF_A_KEY.sub(rb'"\1":"secret"', body)
    # What is kept (a lock) has an id of its own making in its Location, too.
    shown = {
        name: "…" if step.keep and name == "location" else value
        for name, value in response.headers.items()
    }
    return Answer(
        response.status_code,
        tuple((name, shown.get(name)) for name in HEADERS),
        "x-cache" in response.headers,
        body,
    )


def play(server: Server, keys: dict[str, str]) -> list[Answer]:
    """The answers to the script, one after another on one connection."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        return [masked(step, response) for step, response in played(client, keys)]


def differences(fast: Answer, plain: Answer) -> str:
    """What the fast lane says that DRF does not, and the other way round."""
    mine, theirs = ({*vars(answer).items()} for answer in (fast, plain))
    return f"fast lane {sorted(mine - theirs)}, DRF {sorted(theirs - mine)}"


@pytest.fixture(scope="module")
def both_doors(backends: Backends, backend_name: str) -> Iterator[dict[str, Server]]:
    """A server with the fast lane and one without, on databases that are equal at first."""
    on = {lane: backends.fresh(BACKEND_TOPOLOGY[backend_name]) for lane in ("1", "0")}
    servers = [
        Server(backend, backend.directory, LIGHTNING_FAST_LANE=lane) for lane, backend in on.items()
    ]
    with running(*servers) as (fast, plain):
        yield {"fast lane": fast, "DRF": plain}


def keys_of(backend: Backend) -> dict[str, str]:
    return {**backend.keys, "bound": backend.create_key("bound", "agent", agent_id="a-bound")}


def test_both_doors_give_the_same_bytes(both_doors: dict[str, Server]) -> None:
    fast, plain = (play(server, keys_of(server.backend)) for server in both_doors.values())
    different = [
        f"{step.method} {step.path} {dict(step.headers)} as {step.role}: "
        f"{differences(mine, theirs)}"
        for step, mine, theirs in zip(SCRIPT, fast, plain, strict=True)
        if mine != theirs
    ]
    assert not different, "\n".join([f"{len(different)} answers differ:", *different])
    statuses = {answer.status for answer in fast}
    assert statuses >= {
        *(200, 201, 204, 304),
        *(400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 423, 428),
    }


def test_the_doors_are_two(both_doors: dict[str, Server]) -> None:
    """Otherwise their answers would be the same for no merit of ours."""
    passed_django = {
        name: "Referrer-Policy" in server.client_as("viewer").get(AGENT).headers
        for name, server in both_doors.items()
    }
    assert passed_django == {"fast lane": False, "DRF": True}
