"""The client that the environment names."""

import atexit
import functools
import os

from lightning_client import Lightning


def from_environment() -> Lightning:
    """The client of LIGHTNING_URL (else port 8000 of this machine) and LIGHTNING_API_KEY.

    One for the whole process, closed at its end.
    """
    url = os.environ.get("LIGHTNING_URL", "http://127.0.0.1:8000")
    return _client(url, os.environ.get("LIGHTNING_API_KEY"))


@functools.cache
def _client(url: str, key: str | None) -> Lightning:
    client = Lightning(url.split(","), key)
    atexit.register(client.close)
    return client
