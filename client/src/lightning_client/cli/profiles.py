"""Which server with which key: options, then the environment, then a profile's file."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_URL = "http://127.0.0.1:8000"


class ProfileError(Exception):
    """The profiles' file cannot be used; the message says why."""


@dataclass(frozen=True)
class Profile:
    """Where to call, and as whom."""

    urls: tuple[str, ...]
    key: str | None


def profiles_path() -> Path:
    """``LIGHTNING_PROFILES``, or ``profiles.toml`` in ``~/.config/lightning``."""
    given = os.environ.get("LIGHTNING_PROFILES")
    if given:
        return Path(given).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "lightning" / "profiles.toml"


def choose(url: str | None, key: str | None, name: str | None) -> Profile:
    """The profile in force.

    Raises:
        ProfileError: when a profile that was named is not there, or the file cannot be read.
    """
    named = name or os.environ.get("LIGHTNING_PROFILE")
    members = _read(named or "default", is_named=named is not None)
    url = url or os.environ.get("LIGHTNING_URL")
    urls = url.split(",") if url else members.get("url", DEFAULT_URL)
    key = key or os.environ.get("LIGHTNING_API_KEY") or members.get("key")
    return Profile((urls,) if isinstance(urls, str) else tuple(urls), key)


def _read(name: str, *, is_named: bool) -> dict[str, Any]:
    path = profiles_path()
    try:
        profiles = tomllib.loads(path.read_text())
    except FileNotFoundError:
        profiles = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path}: {error}") from error
    members = profiles.get(name)
    if isinstance(members, dict):
        return members
    if is_named:
        raise ProfileError(f"There is no profile {name!r} in {path}.")
    return {}
