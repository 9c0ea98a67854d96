"""Finds TCP ports that stay free until a server takes them."""

import os
import random
import socket

# Below the range the kernel hands out to outgoing connections (32768 and up): a port from that
# range can be taken by somebody's client socket while a server is being restarted.
FIRST_PORT = 20_000
PORTS_A_PROCESS = 3_000
# Each process of a parallel run ("gw0", "gw1") has its own: a server that is killed and started
# again must find its port free.
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
_handed_out: set[int] = set()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that this process never handed out.

    Whoever asked before may not listen yet, or may have been killed in order to come back.
    """
    first = FIRST_PORT + _PROCESS * PORTS_A_PROCESS
    for _ in range(100):
        port = random.randint(first, first + PORTS_A_PROCESS - 1)
        if port in _handed_out:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _handed_out.add(port)
        return port
    raise RuntimeError(f"no free port from {first} on")


def accepts_connections(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
