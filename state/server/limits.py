"""What a connection may cost before anybody knows whose it is: in bytes, in number, in time."""

TARGET_BYTES = 65_535
"""Of a request's target; the parser of URLs takes no more."""
HEAD_BYTES = 64 * 1024
"""Of the header lines together, and of the trailer lines after a body in chunks."""
HEAD_LINES = 128
BODY_BYTES = 64 * 1024 * 1024
"""No call takes a quarter of it; what is above its own limit is read on so far and dropped."""
HELD_BYTES = 64 * 1024 * 1024
"""Of all connections of a worker that send the next requests before they have read an answer."""

HEAD_SECONDS = 10.0
IDLE_SECONDS = 75.0
"""Longer than the pools of the usual clients keep an idle connection (60 s): whoever closes first
should be the client, or its next request meets a connection that has just gone."""
STALLED_SECONDS = 75.0
"""A client that takes nothing of its answer for so long does not read it."""
BODY_WINDOW_SECONDS = 10
BODY_BYTES_A_WINDOW = 5000
"""A body that does not grow by so much within a window, while it is read, is given up."""
DROPPING_SECONDS = 10.0
"""A client that is refused reads the answer when it has sent everything: what comes is dropped."""
CLOSING_SECONDS = 10.0
"""Until what was written has to be taken; then a connection is gone, whatever its client does."""

PIECE_BYTES = 16 * 1024
"""Of a body in chunks, which cost much more than their bytes; others get their turn in between."""
SOCKET_PIECE_BYTES = 4 * 1024
SOCKET_MESSAGE_BYTES = 128 * 1024
"""What comes in are acknowledgements, and at most a list of ids."""
