"""The key that signs sessions and cursors, made once and kept beside the data."""

import fcntl
import os
import tempfile
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from lightning_site import env

SHORTEST = 16


def given_or_kept(name: str, directory: Path) -> str:
    """The setting's value, or the key that is kept in the directory: sessions survive restarts."""
    given = env.text(name)
    if given:
        if len(given) < SHORTEST:
            raise env.ConfigurationError(
                f"{name} has {len(given)} characters; who guesses it signs sessions, so it must"
                f" have {SHORTEST} at least."
            )
        return given
    kept = directory / "secret_key"
    try:
        return _read(kept) or _made(kept)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise env.ConfigurationError(
            f"{name} is not set and {kept} cannot be used ({reason})."
        ) from error


def _read(kept: Path) -> str:
    try:
        return kept.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _made(kept: Path) -> str:
    """Makes the key, whole or not at all; of two first starts at once the second reads it."""
    directory = os.open(kept.parent, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        key = _read(kept)
        if not key:
            key = get_random_secret_key()
            # mkstemp's file is its owner's alone.
            descriptor, draft = tempfile.mkstemp(dir=kept.parent, prefix="secret_key.")
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(key)
                file.flush()
                os.fsync(descriptor)
            Path(draft).replace(kept)
        return key
    finally:
        os.close(directory)  # and with it the lock
