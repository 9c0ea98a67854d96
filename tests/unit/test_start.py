"""What is wrong with a setting, and with what it names, is said in a sentence at the start."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError
from django.db.utils import OperationalError, ProgrammingError

from dashboard.checks import LIBRARIES, libraries_are_installed
from lightning_site import env, secret_key
from state.management.commands import serve
from state.service import alerting
from state.store.connection import ConnectionLost
from state.store.reasons import MIGRATE, sentence_of
from state.verl import registry
from tests.rig.environment import REPOSITORY


@pytest.mark.parametrize(
    "url",
    ["redis://h:1/x", "redis://h:port/0", "http://h", "redis://", "redis://h?socket_timeout=soon"],
)
def test_a_redis_url_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SOME_URL", url)
    with pytest.raises(env.ConfigurationError, match="SOME_URL is not a Redis URL"):
        env.redis("SOME_URL")


@pytest.mark.parametrize("url", ["redis://h", "redis://h:1/2", "rediss://u:p@h/", "unix:///a/b"])
def test_a_redis_url_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SOME_URL", url)
    assert env.redis("SOME_URL") == url


def test_a_directory_that_is_a_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("SOME_DIR", str(file))
    with pytest.raises(env.ConfigurationError, match=r"SOME_DIR: .*file is no directory"):
        env.directory("SOME_DIR", tmp_path)
    monkeypatch.setenv("SOME_DATABASE", f"sqlite:///{file}/data.sqlite3")
    with pytest.raises(env.ConfigurationError, match=r"SOME_DATABASE: .*file is no directory"):
        env.database("SOME_DATABASE", tmp_path)


# --- The secret key ----------------------------------------------------------------------------


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)


def test_a_short_secret_key_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    with pytest.raises(env.ConfigurationError, match="SECRET_KEY has 1 characters"):
        secret_key.given_or_kept("SECRET_KEY", tmp_path)


@pytest.mark.usefixtures("no_key")
def test_first_starts_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_key.given_or_kept("SECRET_KEY", tmp_path), range(8)))
    [key] = keys
    assert len(key) == 50
    [kept] = tmp_path.iterdir()
    assert kept.read_text() == key
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("no_key")
def test_an_empty_key_file_is_made_anew_and_another_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "secret_key"
    kept.touch()
    assert len(secret_key.given_or_kept("SECRET_KEY", tmp_path)) == 50
    kept.write_text("an operator's own key\n")
    assert secret_key.given_or_kept("SECRET_KEY", tmp_path) == "an operator's own key"


@pytest.mark.usefixtures("no_key")
def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(env.ConfigurationError, match=r"SECRET_KEY is not set and .* cannot be"):
        secret_key.given_or_kept("SECRET_KEY", tmp_path)


# --- What settings name ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("no.such.Verifier", "No module named 'no'"),
        ("json.Verifier", 'does not define a "Verifier"'),
        ("json.loads", "missing 1 required positional argument"),
    ],
)
def test_a_verifier_that_cannot_be_loaded_stops_the_start(
    settings: pytest.FixtureRequest, path: str, why: str
) -> None:
    settings.LIGHTNING_CONTENT_VERIFIERS = [path]  # type: ignore[attr-defined]
    registry.content_verifiers.cache_clear()
    try:
        with pytest.raises(CommandError, match=f"LIGHTNING_CONTENT_VERIFIERS: {path} .*{why}"):
            serve.check_verifiers()
    finally:
        registry.content_verifiers.cache_clear()


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            caused(
                ConnectionLost(),
                psycopg.OperationalError('connection failed: role "x" does not exist\nmore'),
            ),
            'DATABASE_URL cannot be reached: role "x" does not exist',
        ),
        (caused(ProgrammingError(), psycopg.errors.UndefinedTable("relation")), MIGRATE),
        (OperationalError("no such table: state_apikey"), MIGRATE),
        (ProgrammingError("a bug in SQL"), None),
        (ValueError("another bug"), None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_trouble_with_the_database_is_a_sentence_and_a_bug_is_not(
    error: Exception, sentence: str | None
) -> None:
    assert sentence_of(error) == sentence


@pytest.mark.own_servers
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"DATABASE_URL": "sqlite:///{0}/new.sqlite3"}, "run manage.py migrate first"),
        ({"DATABASE_URL": "postgres://x:y@127.0.0.1:1/z"}, "port 1 failed: Connection refused"),
        ({"SECRET_KEY": "x"}, "SECRET_KEY has 1 characters"),
    ],
    ids=str,
)
def test_a_command_says_it_without_a_traceback(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    given = {name: value.format(tmp_path) for name, value in settings.items()}
    answer = subprocess.run(
        [sys.executable, "manage.py", "create_api_key", "--name", "n", "--role", "viewer"],
        env={**os.environ, "LIGHTNING_VAR_DIR": str(tmp_path), **given},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


def test_missing_libraries_are_told_of_with_the_way_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finders, "find", lambda name: f"/static/{name}")
    assert libraries_are_installed(None) == []
    monkeypatch.setattr(finders, "find", lambda name: None)
    [warning] = libraries_are_installed(None)
    assert all(name in warning.msg for name in LIBRARIES)
    assert "npm ci" in str(warning.hint)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIGHTNING_ALERT_RULES", "[{}]"),
        ("LIGHTNING_SILENT_AFTER_SECONDS", "soon"),
        ("LIGHTNING_ALERT_URLS", ["nothing://x"]),
    ],
)
def test_a_bad_rule_or_channel_stops_the_start(
    settings: Any, name: str, value: str | list[str]
) -> None:
    for cached in (alerting.rules, alerting.channels):
        cached.cache_clear()
    setattr(settings, name, value)
    try:
        with pytest.raises(CommandError, match=name):
            serve.check_monitoring()
    finally:
        for cached in (alerting.rules, alerting.channels):
            cached.cache_clear()
