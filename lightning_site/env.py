"""Reads one typed setting from the environment, or says in a sentence what is wrong with it."""

import ipaddress
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from redis.connection import parse_url

_HOST = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]")
_ORIGIN = re.compile(
    r"https?://(\*\.)?([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?", re.IGNORECASE
)
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class ConfigurationError(Exception):
    """A setting has a value the product cannot run with; the message names the setting."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def choice(name: str, options: Sequence[str], default: str) -> str:
    value = text(name, default)
    if value not in options:
        raise ConfigurationError(f"{name} is {value!r}; it must be one of {', '.join(options)}.")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name).lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return value in {"1", "true", "yes", "on"} if value else default
    raise ConfigurationError(f"{name} is {value!r}; it must be 1 or 0.")


def integer(name: str, default: int, low: int, high: int) -> int:
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise ConfigurationError(f"{name} is {value!r}; it must be a whole number.") from None
    if not low <= number <= high:
        raise ConfigurationError(f"{name} is {number}; it must be between {low} and {high}.")
    return number


def decimal(name: str, default: float, low: float, high: float) -> float:
    value = text(name)
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        raise ConfigurationError(f"{name} is {value!r}; it must be a number.") from None
    if not (math.isfinite(number) and low <= number <= high):
        raise ConfigurationError(f"{name} is {value}; it must be between {low} and {high}.")
    return number


def words(name: str, default: Sequence[str]) -> list[str]:
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def hosts(name: str, default: Sequence[str]) -> tuple[str, ...]:
    """Names a server answers to, in Django's patterns: ``app.example.org``, ``.example.org``, *."""
    found = [word.lower() for word in words(name, default)]
    for word in found:
        if word != "*" and not _HOST.fullmatch(word):
            raise ConfigurationError(
                f"{name} has {word!r}; it takes names without scheme, port and path, such as "
                "app.example.org or .example.org."
            )
    return tuple(found)


def origins(name: str) -> list[str]:
    """Origins of pages: ``https://app.example.org`` or ``https://*.example.org``."""
    found = words(name, [])
    for word in found:
        if not _ORIGIN.fullmatch(word):
            raise ConfigurationError(
                f"{name} has {word!r}; it takes origins such as https://app.example.org or "
                "https://*.example.org."
            )
    return found


def prefix(name: str) -> str:
    """The path below which a proxy serves us: ``/lightning``; empty for the whole host."""
    found = text(name).rstrip("/")
    if found and not _PREFIX.fullmatch(found):
        raise ConfigurationError(f"{name} is {found!r}; it must be a path such as /lightning.")
    return found


def networks(name: str) -> list[str]:
    """Addresses and networks: ``10.0.0.7`` or ``10.0.0.0/8``."""
    found = words(name, [])
    for word in found:
        try:
            ipaddress.ip_network(word)
        except ValueError as error:
            raise ConfigurationError(
                f"{name} has {word!r}; it takes addresses and networks such as 10.0.0.7 or "
                f"10.0.0.0/8 ({error})."
            ) from None
    return found


def directory(name: str, default: Path) -> Path:
    """A directory for what the product keeps, made when it is not there."""
    path = Path(text(name, str(default)))
    _make(name, path)
    return path


def _make(name: str, path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{name}: {path} is no directory and cannot be made one ({error.strerror})."
        ) from error


def database(name: str, default_file: Path) -> dict[str, Any]:
    """A Django DATABASES entry from a URL: ``postgres://…`` or ``sqlite:///path``."""
    url = text(name) or f"sqlite:///{default_file}"
    scheme = url.split(":", 1)[0]
    if scheme not in {"postgres", "postgresql", "sqlite"}:
        raise ConfigurationError(
            f"{name} starts with {scheme!r}; it must be postgresql://… or sqlite:///path."
        )
    try:
        config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"{name} cannot be read as a database URL: {error}.") from error
    if not config.get("NAME"):
        raise ConfigurationError(f"{name} names no database; add one after the last slash.")
    if scheme == "sqlite" and config["NAME"] == ":memory:":
        raise ConfigurationError(f"{name} must name a file: state in memory would not be durable.")
    if scheme == "sqlite":
        _make(name, Path(config["NAME"]).parent)
    return config


def redis(name: str) -> str:
    """A Redis (or Valkey) URL, or an empty string when there is none."""
    url = text(name)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        number = "" if parts.scheme == "unix" else parts.path.strip("/")
        valid = (
            parts.scheme in {"redis", "rediss", "unix"}
            and bool(parts.hostname or parts.path)
            and (not number or number.isdecimal())
        )
        parse_url(url)  # type: ignore[no-untyped-call]  # its port, and what its query says
    except ValueError:
        valid = False
    if not valid:
        raise ConfigurationError(
            f"{name} is not a Redis URL; it must look like redis://host:6379/0."
        )
    return url
