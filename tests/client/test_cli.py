"""The command line tool: what scripts rely on."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning_client import Lightning
from lightning_client.cli import exits, live, past, states, verdicts
from lightning_client.cli.app import app
from lightning_client.cli.profiles import ProfileError, choose
from typer.testing import CliRunner, Result

from tests.rig.environment import REPOSITORY
from tests.rig.server import Server

Run = Callable[..., Result]
COMMANDS = (states, live, past, verdicts)


@pytest.fixture
def run(server: Server) -> Run:
    """Runs the tool: ``run("get", "agent", "a")`` with an agent's key, or ``role="operator"``."""

    def invoke(*arguments: object, role: str = "agent", **environment: str) -> Result:
        named = {
            "LIGHTNING_URL": server.url,
            "LIGHTNING_API_KEY": server.backend.keys[role],
            "LIGHTNING_PROFILES": "/nowhere",
            "COLUMNS": "200",
            **environment,
        }
        given = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, given, env=named)

    return invoke


def lines(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_states_go_in_and_come_out_as_json(run: Run, new_id: Callable[[str], str]) -> None:
    agent_id = new_id("agent")
    created = run("set", "agent", agent_id, '{"agentType": "R", "status": "Ready"}', "--json")
    assert json.loads(created.stdout)["version"] == 1
    assert run("set", "agent", agent_id, '{"agentType": "R", "status": "Ready"}').exit_code == 4
    read = run("get", "agents", agent_id, "--json").stdout
    changed = {**json.loads(read), "properties": {"[bold]": "[/nonsense]"}}
    assert run("set", "agent", agent_id, json.dumps(changed)).exit_code == 0
    assert run("set", "agent", agent_id, json.dumps(changed)).exit_code == 4, "version 1 is gone"
    shown = run("get", "agent", agent_id)
    assert shown.exit_code == 0
    assert "[/nonsense]" in shown.stdout
    patched = run("patch", "agent", agent_id, '{"status": "Paused"}', "--reason", "lunch", "--json")
    assert json.loads(patched.stdout)["status"] == "Paused"
    assert [one["agentId"] for one in lines(run("list", "agent", "-q", agent_id, "--json"))] == [
        agent_id
    ]
    assert [one["version"] for one in lines(run("history", "agent", agent_id, "--json"))] == [
        3,
        2,
        1,
    ]
    assert "lunch" in run("history", "agent", agent_id).stdout
    difference = json.loads(run("diff", "agent", agent_id, 2, 3, "--json").stdout)
    assert difference["newValues"] == {"status": "Paused"}
    assert "Paused" in run("diff", "agent", agent_id, 2, 3).stdout
    assert run("restore", "agent", agent_id, 1).exit_code == 5, "an agent may not restore"
    restored = run("restore", "agent", agent_id, 1, "--json", role="operator")
    assert json.loads(restored.stdout)["version"] == 4
    assert agent_id in {line.get("agentId") for line in lines(run("snapshot", "--json"))}
    assert run("delete", "agent", agent_id, "--if-version", 1).exit_code == 4
    assert run("delete", "agent", agent_id).exit_code == 0
    assert run("get", "agent", agent_id).exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("get", "robot", "x"), 2),
        (("patch", "agent", "x", "{broken"), 2),
        (("get", "agent", "x"), 3),
        (("set", "agent", "x y", '{"agentType": "R", "status": "Ready"}'), 6),
        (("--key", "wrong", "get", "agent", "x"), 5),
        (("--url", "http://127.0.0.1:9", "get", "agent", "x"), 7),
        (("--profile", "unknown", "get", "agent", "x"), 2),
        (("lock", "agent", "x"), 2),
    ],
)
def test_exit_codes_tell_what_went_wrong(run: Run, arguments: tuple[str, ...], code: int) -> None:
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert result.output.strip()
    assert "Traceback" not in result.output


def test_it_watches_from_a_cursor(run: Run, lightning: Lightning, agent_id: str) -> None:
    cursor = lightning.summary()["cursor"]
    lightning.update_agent_status(agent_id, "Processing")
    lightning.update_agent_status(agent_id, "Ready")
    options = ("--id", agent_id, "--after", cursor, "--limit", 2)
    seen = lines(run("watch", *options, "--json"))
    assert [one["newValues"]["status"] for one in seen] == ["Processing", "Ready"]
    assert "StatusChanged" in run("watch", "--kind", "agent", *options).stdout


def test_top_is_a_look_or_json(run: Run, agent_id: str) -> None:
    assert agent_id in run("top", "--once").stdout
    look = json.loads(run("top", "--json", "--rows", 1).stdout)
    assert look["summary"]["agents"]["total"] >= 1


HELD = "import os, sys; print(os.environ['LIGHTNING_LOCK_TOKEN']); sys.exit(7)"


def test_a_command_runs_while_the_lock_is_held(
    run: Run, lightning: Lightning, agent_id: str
) -> None:
    write = f"sys.argv[1:] = ['patch', 'agent', '{agent_id}', '{{\"status\": \"Paused\"}}']"
    program = f"import sys; from lightning_client.cli import main; {write}; main()"
    environment = {"PYTHONPATH": str(REPOSITORY / "client" / "src")}
    result = run("lock", "agent", agent_id, "--", sys.executable, "-c", program, **environment)
    assert result.exit_code == 0, result.output
    assert lightning.get("agent", agent_id).status == "Paused"
    assert run("lock", "agent", agent_id, "--", sys.executable, "-c", HELD).exit_code == 7
    with lightning.lock("agent", agent_id):
        assert [one["id"] for one in lines(run("locks", "--json")) if one["id"] == agent_id]
        assert run("lock", "agent", agent_id, "--wait", 0, "--", "true").exit_code == 4
    assert not list(lightning.locks("agent", agent_id))


def test_a_profile_names_server_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIGHTNING_URL", "LIGHTNING_API_KEY", "LIGHTNING_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "profiles.toml"
    monkeypatch.setenv("LIGHTNING_PROFILES", str(path))
    assert choose(None, None, None).urls == ("http://127.0.0.1:8000",)
    path.write_text(
        '[default]\nurl = "http://one"\nkey = "k1"\n'
        '[two]\nurl = ["http://a", "http://b"]\nkey = "k2"\n'
    )
    assert (choose(None, None, None).urls, choose(None, None, None).key) == (("http://one",), "k1")
    assert choose(None, None, "two").urls == ("http://a", "http://b")
    monkeypatch.setenv("LIGHTNING_PROFILE", "two")
    monkeypatch.setenv("LIGHTNING_URL", "http://c,http://d")
    assert choose(None, None, None) == choose("http://c,http://d", "k2", None)
    assert choose("http://e", "k", None).urls == ("http://e",)
    with pytest.raises(ProfileError, match="nobody"):
        choose(None, None, "nobody")
    path.write_text("[broken")
    with pytest.raises(ProfileError, match=r"profiles\.toml"):
        choose(None, None, None)


def test_every_error_has_an_exit_code_of_its_sort() -> None:
    from lightning_client.errors import BY_CODE

    for kind in BY_CODE.values():
        assert exits.exit_code(kind()) in {3, 4, 5, 6, 7}


def test_every_command_explains_itself(run: Run) -> None:
    names = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]
    wanted = "get set patch list watch top lock history diff restore snapshot verify".split()
    assert set(wanted) <= set(names)
    for name in names:
        shown = run(name, "--help")
        assert shown.exit_code == 0
        assert ("--json" in shown.stdout) == (name != "lock"), name


def test_it_says_what_it_needs_where_it_is_not_there() -> None:
    program = (
        "import sys; sys.modules['typer'] = None; sys.argv = ['lightning', '--help'];"
        "from lightning_client.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "client" / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "lightning-client[cli]" in result.stderr
