"""One etcd, spoken to through its JSON gateway."""

import base64
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.neighbour import Neighbour
from bench.stand import Stand
from bench.states import AGENTS, STATE_BYTES, agent_id
from bench.wrk import BrokenRun, Load, run_wrk
from tests.rig.ports import free_port

HOW_TO_GET_IT = "apt-get install etcd-server"

# Base64 of 393 bytes, eight characters that a script puts a number in (digits are base64 as well),
# and of one byte more: every value is another one, and no script has to encode.
_VALUE = f"{base64.b64encode(b'x' * 393).decode()}@eA=="


class Etcd:
    """A server with a thousand keys of 400 bytes, and the loads it is measured with."""

    def __init__(self, server: Neighbour, directory: Path) -> None:
        self.server = server
        self._directory = directory
        self._client = httpx.Client(base_url=server.url, timeout=30)

    def fill(self) -> None:
        """Makes the keys, durably one by one; raises BrokenRun when one does not come back."""
        for key in _keys():
            self._call("put", {"key": key, "value": _VALUE.replace("@", "00000000")})
        found = self._call("range", {"key": _keys()[-1]})["kvs"]
        if len(base64.b64decode(found[0]["value"])) != STATE_BYTES:
            raise BrokenRun(f"etcd keeps something else: {found}")

    def range(self, seconds: float, *, connections: int, serializable: bool = False) -> Load:
        """Reads of one key: by default linearizable, or from what this member has applied."""
        option = ',"serializable":true' if serializable else ""
        bodies = [f'{{"key":"{key}"{option}}}' for key in _keys()]
        return self._post("range", bodies, seconds, connections)

    def put(self, seconds: float, *, connections: int) -> Load:
        """Writes of one key, whatever it holds."""
        bodies = [f'{{"key":"{key}","value":"{_VALUE}"}}' for key in _keys()]
        return self._post("put", bodies, seconds, connections)

    def swap(self, seconds: float, *, connections: int) -> Load:
        """Transactions that write a key when its version is the expected one."""
        lines = []
        for key, version in zip(_keys(), self._versions(), strict=True):
            compare = f'{{"key":"{key}","target":"VERSION","result":"EQUAL","version":#}}'
            put = f'{{"request_put":{{"key":"{key}","value":"{_VALUE}"}}}}'
            look = f'{{"request_range":{{"key":"{key}","keys_only":true}}}}'
            body = f'{{"compare":[{compare}],"success":[{put}],"failure":[{look}]}}'
            lines.append(f"{version} {key} {body}\n")
        swaps = self._directory / "etcd-swaps"
        swaps.write_text("".join(lines))
        return run_wrk(
            self.server.url, "etcd_swap", connections=connections, seconds=seconds, swaps=swaps
        )

    def close(self) -> None:
        self._client.close()

    def _versions(self) -> list[int]:
        found = self._call("range", {"key": _encoded("agent-"), "range_end": _encoded("agent.")})
        versions = {item["key"]: int(item["version"]) for item in found["kvs"]}
        return [versions[key] for key in _keys()]

    def _call(self, name: str, body: dict[str, str]) -> dict[str, list[dict[str, str]]]:
        answer = self._client.post(f"/v3/kv/{name}", json=body)
        if answer.is_error:
            raise BrokenRun(f"etcd: {answer.text}")
        found: dict[str, list[dict[str, str]]] = answer.json()
        return found

    def _post(self, name: str, bodies: list[str], seconds: float, connections: int) -> Load:
        requests = self._directory / f"etcd-{name}"
        requests.write_text("".join(f"POST /v3/kv/{name} {body}\n" for body in bodies))
        return run_wrk(
            self.server.url, "requests", connections=connections, seconds=seconds, requests=requests
        )


def installed_version() -> str | None:
    """The version of the etcd on the PATH; None when there is none."""
    program = shutil.which("etcd")
    if program is None:
        return None
    result = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return result.stdout.partition("\n")[0].rpartition(" ")[2] or None


@contextmanager
def running_etcd(stand: Stand) -> Iterator[Etcd]:
    """A member that is a cluster of its own: durable, as it comes, its data beside ours."""
    with stand.neighbour("etcd", lambda port: _command(port, stand.directory)) as server:
        etcd = Etcd(server, stand.directory)
        try:
            etcd.fill()
            yield etcd
        finally:
            etcd.close()


def _command(port: int, directory: Path) -> list[str]:
    for_clients, for_members = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
    return [
        "etcd",
        "--name=bench",
        f"--data-dir={directory / f'etcd-{port}'}",
        f"--listen-client-urls={for_clients}",
        f"--advertise-client-urls={for_clients}",
        f"--listen-peer-urls={for_members}",
        f"--initial-advertise-peer-urls={for_members}",
        f"--initial-cluster=bench={for_members}",
    ]


def _keys() -> list[str]:
    return [_encoded(agent_id(number)) for number in range(1, AGENTS + 1)]


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
