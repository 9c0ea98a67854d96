"""What the other tests take for granted about the rig."""

import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx
import psycopg
import pytest
from redis import Redis

from tests.rig.backends import Backends
from tests.rig.browser import Pages
from tests.rig.loaded_python import LOADED_IN, LoadedProcess
from tests.rig.server import FreshServer, Server
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_for
from tools.child_process import ChildProcess

READY = {"agentType": "Demo", "status": "Ready"}


def test_every_role_has_a_key(client_as: Callable[[str], httpx.Client]) -> None:
    for role in ("viewer", "agent", "operator", "admin"):
        assert client_as(role).get("/api/v1/summary").status_code == 200


def test_without_a_key_there_is_no_entry(anonymous: httpx.Client) -> None:
    assert anonymous.get("/api/v1/summary").status_code == 401


def test_two_instances_share_one_database(
    two_servers: tuple[Server, Server], new_id: Callable[[str], str]
) -> None:
    path = f"/api/v1/agents/{new_id('agent')}"
    first, second = two_servers
    assert first.client_as("agent").put(path, json=READY).status_code == 201
    answer = second.client_as("agent").get(path, headers={"Cache-Control": "no-cache"})
    assert answer.json()["version"] == 1


def test_fresh_databases_have_nothing_in_common(backends: Backends, backend_name: str) -> None:
    one, other = backends.fresh(backend_name), backends.fresh(backend_name)
    assert one.database_url != other.database_url
    assert one.keys == other.keys


@pytest.mark.faults
@pytest.mark.one_place
def test_a_server_has_its_settings_and_made_keys_and_comes_back_when_killed(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server(LIGHTNING_ANONYMOUS_ROLE="viewer")
    key = server.create_key("made", "agent", agent_id="mine")
    bound = server.client(key)
    assert bound.put("/api/v1/agents/mine", json=READY).status_code == 201
    assert bound.put("/api/v1/agents/other", json=READY).status_code == 403
    assert server.client().get("/api/v1/agents/mine").status_code == 200
    server.kill()
    with pytest.raises(httpx.TransportError):
        bound.get("/api/v1/agents/mine")
    server.restart()
    assert bound.get("/api/v1/agents/mine").json()["version"] == 1
    assert server.stop() in {0, -signal.SIGTERM}


@pytest.mark.faults
def test_a_paused_postgresql_answers_nobody_until_it_goes_on(backends: Backends) -> None:
    backend = backends.fresh("postgres")
    postgres = backend.postgres
    if postgres is None:
        pytest.skip("TEST_DATABASE_URL is somebody else's server: it is not paused")
    with psycopg.connect(backend.database_url, autocommit=True) as connection:
        postgres.pause()
        try:
            with ThreadPoolExecutor(1) as pool:
                answer = pool.submit(connection.execute, "select 1")
                with pytest.raises(TimeoutError):
                    answer.result(0.5)
                postgres.resume()
                assert answer.result(10).fetchone() == (1,)
        finally:
            postgres.resume()


@pytest.mark.one_place
def test_a_valkey_is_as_it_was_after_a_test_that_failed(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path)
    valkey.start()
    try:
        for mistreated in (
            valkey.paused(),
            valkey.away(),
            valkey.configured({"maxmemory": "1", "maxmemory-policy": "allkeys-lru"}),
        ):
            with pytest.raises(ZeroDivisionError), mistreated:
                raise ZeroDivisionError
            with Redis.from_url(valkey.url, socket_timeout=30) as redis:
                assert redis.set("any", "value")
                assert redis.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    finally:
        valkey.stop()


def test_a_wait_that_was_held_up_looks_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait_a_second(*looks: bool) -> None:
        """The machine stands still between the first look, at 0.5 s, and the next, at 2 s."""
        moments, answers = iter([0.0, 0.5, 2.0]), iter(looks)
        clock = SimpleNamespace(monotonic=lambda: next(moments), sleep=lambda _: None)
        monkeypatch.setattr("tests.rig.waiting.time", clock)
        wait_for(lambda: next(answers), timeout_seconds=1.0)

    wait_a_second(False, True)
    with pytest.raises(AssertionError, match="did not happen within"):
        wait_a_second(False, False)


@pytest.mark.on_each_database
def test_a_page_opens_for_whoever_is_logged_in(open_page: Pages) -> None:
    assert "login" not in open_page("/", role="viewer").url
    assert "login" in open_page("/", role=None).url


@pytest.mark.parametrize(("end", "code"), [("sys.exit(3)", 3), ("os.kill(os.getpid(), 15)", -15)])
def test_a_loaded_program_sees_what_a_started_one_sees(tmp_path: Path, end: str, code: int) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import atexit, os, sys\n"
        "import beside\n"
        "atexit.register(print, 'at the end')\n"
        "print(__name__, __file__, sys.argv[1:], sys.orig_argv, sys.path[0], beside.HERE)\n"
        "print(os.getcwd(), dict(os.environ), os.getsid(0) == os.getpid(), sys.stdin.read())\n"
        f"sys.stdout.flush()\n{end}\n"
    )
    (tmp_path / "beside.py").write_text("HERE = True\n")
    seen = []
    for kind in (ChildProcess, LoadedProcess):
        process = kind(
            [sys.executable, "program.py", "--one", "two"],
            environment=LOADED_IN | {"LC_ALL": "C.UTF-8"},
            directory=tmp_path,
            log_path=tmp_path / f"{kind.__name__}.log",
        )
        assert wait_for(lambda of=process: of.exit_code, what="its end") == code
        seen.append(process.log_tail())
    assert seen[0] == seen[1]
    assert ("at the end" in seen[0]) == (code == 3)
