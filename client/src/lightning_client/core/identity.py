"""Who a client says it is when nobody said so."""

import os
import secrets
import socket


def default_owner() -> str:
    """A lock's owner: host, process, and what tells this acquisition from all others."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(4)}"
