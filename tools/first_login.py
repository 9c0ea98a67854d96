"""The login and the agent key that `make run` makes once and keeps in a private file."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).resolve().parents[1]
USERNAME = "operator"
KEY_NAME = "local-agent"


class SetupError(Exception):
    """A step before the server's start failed; the message says which, and why."""


@dataclass
class FirstLogin:
    """Who may log in, and the key with which an agent writes; empty until it was made."""

    username: str = USERNAME
    password: str = ""
    agent_key: str = ""


class LoginFile:
    """`first_login.json` below the product's var directory, readable by its owner alone."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "first_login.json"

    def read(self) -> FirstLogin:
        if not self.path.exists():
            return FirstLogin()
        try:
            return FirstLogin(**json.loads(self.path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise SetupError(f"{self.path} cannot be read ({error}); remove it.") from error

    def write(self, login: FirstLogin) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        # Private from its first byte on, and never half written.
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(login), file, indent=2)
        draft.replace(self.path)


def manage(*arguments: str, environment: Mapping[str, str]) -> str:
    """Run `manage.py` and return what it printed.

    Raises:
        SetupError: with what it wrote on stderr.
    """
    result = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SetupError(result.stderr.strip() or f"manage.py {arguments[0]} failed")
    return result.stdout


def ensure_account(login: FirstLogin, environment: Mapping[str, str]) -> bool:
    """Make the operator's account when this database has none; True when it was made."""
    password = login.password or secrets.token_urlsafe(12)
    try:
        manage(
            "createsuperuser",
            "--noinput",
            f"--username={login.username}",
            "--email=",
            environment={**environment, "DJANGO_SUPERUSER_PASSWORD": password},
        )
    except SetupError as error:
        if "already taken" in str(error):
            return False  # made by an earlier start; its password may have been changed since
        raise
    login.password = password
    return True


def ensure_agent_key(login: FirstLogin, url: str, environment: Mapping[str, str]) -> bool:
    """Make an agent key when the server refuses the one we have; True when it was made."""
    if login.agent_key and _is_accepted(login.agent_key, url):
        return False
    printed = manage(
        "create_api_key", "--name", KEY_NAME, "--role", "agent", environment=environment
    )
    login.agent_key = printed.strip()
    return True


def _is_accepted(key: str, url: str) -> bool:
    answer = httpx.get(
        f"{url}/api/v1/summary", headers={"Authorization": f"Bearer {key}"}, timeout=10.0
    )
    return answer.status_code not in {401, 403}
