"""Opens the port once; workers and restarted servers inherit the open sockets."""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress

INHERITED = "LIGHTNING_INHERITED_SOCKETS"
"""Environment variable with the descriptors a restarted server goes on listening on."""

_BACKLOG = 2048
_SO_ATTACH_FILTER = 26  # Linux: a program that sees every packet to a socket (socket(7))
_BPF_RETURN = 0x06


class PortUnavailable(Exception):
    """The server cannot listen where it was told to; the message is a sentence for people."""


def open_listeners(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of the host; raises PortUnavailable.

    They listen from now on: a connection made while the application loads waits and is served.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise PortUnavailable(f"--host {host} names no address: {error.strerror}.") from error
    listeners: list[socket.socket] = []
    try:
        for family, *_, address in dict.fromkeys(found):
            listeners.append(_listener(family, address))
    except OSError as error:
        close_all(listeners)
        raise PortUnavailable(
            f"Port {port} on {host} cannot be served: {error.strerror}."
        ) from error
    return listeners


def _listener(family: int, address: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Without it a port stays closed for a minute after the connections of the last server.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def inherited_listeners() -> list[socket.socket]:
    """The sockets that the server before this one left open; none when there was none."""
    return from_descriptors(os.environ.pop(INHERITED, ""))


def descriptors(listeners: Sequence[socket.socket]) -> str:
    """How sockets are named to another program that inherits them."""
    return ",".join(str(listener.fileno()) for listener in listeners)


def from_descriptors(text: str) -> list[socket.socket]:
    """The sockets that ``descriptors`` named."""
    return [socket.socket(fileno=int(number)) for number in text.split(",") if number]


def take_no_more(listeners: Sequence[socket.socket]) -> None:
    """Makes no connection any more; those that are made and wait may still be accepted.

    The sockets go on listening, whoever shares them: closed at once they would reset who waits.
    A client that comes now tries again after a second, and is refused by then (``stop``).
    """
    if not sys.platform.startswith("linux"):
        return
    drop_everything = struct.pack("HBBI", _BPF_RETURN, 0, 0, 0)
    program = ctypes.create_string_buffer(drop_everything)
    for listener in listeners:
        listener.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program))
        )


def stop(listeners: Sequence[socket.socket]) -> None:
    """Listens no more, whoever else has the sockets open: who comes is refused."""
    for listener in listeners:
        with suppress(OSError):  # stopped already, by another worker of the same server
            listener.shutdown(socket.SHUT_RDWR)


def close_all(listeners: Sequence[socket.socket]) -> None:
    for listener in listeners:
        listener.close()
