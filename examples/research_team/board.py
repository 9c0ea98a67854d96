"""Talks to Lightning State over its REST API, as any agent would."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

Json = dict[str, Any]

REQUEST_SECONDS = 30.0
# A server that restarts or is overloaded is back in seconds; a run need not be lost for that.
PATIENCE_SECONDS = 30.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 3.0
MOST_CONFLICTS = 20


class Stopped(Exception):
    """Somebody asked the team to stop."""


class BoardError(Exception):
    """Lightning State could not be used; the message says why, in a sentence."""


class Unreachable(BoardError):
    """Nobody answers at the address, or not in time."""


class Refused(BoardError):
    """The server understood the request and said no.

    `status` is the HTTP status, `code` the server's error code, such as ``illegal_transition``.
    """

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def changes(state: Json, patch: Json) -> bool:
    """Whether a merge patch (RFC 7396) would change anything."""
    for name, value in patch.items():
        known = state.get(name)
        if isinstance(value, dict) and isinstance(known, dict):
            if changes(known, value):
                return True
        elif known != value or (value is not None and name not in state):
            return True
    return False


class Board:
    """Reads and writes states. Safe to use from several threads.

    Every write here can be sent twice without harm (a create that finds its state already
    there, an append of facts with ids, a merge of absolute values), so a broken connection is
    simply tried again.
    """

    def __init__(self, base_url: str, api_key: str, stop: threading.Event) -> None:
        self.base_url = base_url.rstrip("/")
        self._stop = stop
        self._http = httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=REQUEST_SECONDS,
        )

    def close(self) -> None:
        self._http.close()

    def greet(self) -> None:
        """Find out at the start, without patience, whether server and key are good."""
        self._answer(self._send("GET", "/api/v1/summary", patience_seconds=0.0))

    # --- Any state ------------------------------------------------------------------------------

    def read(self, path: str, fresh: bool = False) -> tuple[Json, str]:
        """A state and its ETag; `fresh` reads past every cache."""
        headers = {"Cache-Control": "no-cache"} if fresh else {}
        response = self._send("GET", path, headers=headers)
        return self._answer(response), response.headers["ETag"]

    def create(self, path: str, state: Json) -> bool:
        """Create only; False when it is there already (perhaps from an attempt of ours)."""
        response = self._send("PUT", path, json=state, headers={"If-None-Match": "*"})
        if response.status_code == httpx.codes.PRECONDITION_FAILED:
            return False
        self._answer(response)
        return True

    def merge(self, path: str, patch: Json, reason: str = "") -> Json:
        """Change some fields, whatever the version: others may change other fields meanwhile."""
        headers = {"Lightning-Reason": reason} if reason else {}
        return self._answer(self._send("PATCH", path, json=patch, headers=headers))

    def update(self, path: str, change: Callable[[Json], Json | None]) -> bool:
        """Read, decide, write with If-Match; again when somebody else was faster.

        `change` gets the current state and returns a merge patch, or None to leave it as it is:
        then the answer is False. A patch that changes nothing is not sent: it would be one more
        version that says nothing. Use it where the new value depends on the old one and there is
        more than one writer.
        """
        for _ in range(MOST_CONFLICTS):
            state, etag = self.read(path, fresh=True)
            patch = change(state)
            if patch is None:
                return False
            if not changes(state, patch):
                return True
            response = self._send("PATCH", path, json=patch, headers={"If-Match": etag})
            if response.status_code != httpx.codes.PRECONDITION_FAILED:
                self._answer(response)
                return True
        raise BoardError(f"{path} was changed by others {MOST_CONFLICTS} times in a row.")

    # --- What only research has, verdicts, heartbeats -------------------------------------------

    def append_facts(self, research_id: str, facts: Sequence[Json]) -> Json:
        """Add facts, or update those whose id is known, in one atomic step."""
        path = f"/api/v1/research/{research_id}/facts"
        return self._answer(self._send("POST", path, json={"facts": list(facts)}))

    def verify(self, facts: Sequence[str], source: str) -> Sequence[Json]:
        """What the verification layer says of each fact, given the text of its source."""
        path = "/api/verl/verify-facts"
        body = {"facts": list(facts), "source": source}
        verdicts: Sequence[Json] = self._answer(self._send("POST", path, json=body))["verdicts"]
        return verdicts

    def heartbeat(self, agent_ids: Sequence[str]) -> None:
        """Say that these agents are alive; no version, no log row."""
        path = "/api/v1/agents/heartbeat"
        self._answer(self._send("POST", path, json={"ids": list(agent_ids)}))

    # --- HTTP -----------------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        path: str,
        *,
        json: Json | None = None,
        headers: Mapping[str, str] | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> httpx.Response:
        deadline = time.monotonic() + patience_seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                response = self._http.request(method, path, json=json, headers=headers)
            except httpx.TransportError as error:
                trouble = f"Lightning State does not answer at {self.base_url} ({error})."
            else:
                if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return response
                trouble = f"Lightning State at {self.base_url} is not available: {response.text}"
            if time.monotonic() + pause > deadline:
                raise Unreachable(
                    f"{trouble} Start it with `make serve`, or name it with --base-url."
                )
            if self._stop.wait(pause):
                raise Stopped
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _answer(self, response: httpx.Response) -> Json:
        if response.is_success:
            body: Json = response.json() if response.content else {}
            return body
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        code = str(problem.get("code", response.status_code))
        detail = problem.get("detail") or response.text[:200]
        if response.status_code == httpx.codes.UNAUTHORIZED:
            message = f"The API key was refused by {self.base_url}: {detail}"
        elif response.status_code == httpx.codes.FORBIDDEN:
            message = f"The API key may not do this ({response.request.url.path}): {detail}"
        else:
            message = f"{response.request.method} {response.request.url.path}: {code}: {detail}"
        raise Refused(message, response.status_code, code)
