"""Replaces this process by a new server on the same sockets."""

import os
import signal
import socket
import sys
from collections.abc import Sequence
from typing import NoReturn

from state.server.listener import INHERITED, descriptors


def start_anew(listeners: Sequence[socket.socket]) -> NoReturn:
    """Becomes the same command again; connections made meanwhile wait in the kernel's queue."""
    for listener in listeners:
        listener.set_inheritable(True)
    os.environ[INHERITED] = descriptors(listeners)
    # Asked once more before the new server can answer to it: it is starting anew already.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  (our own command)
