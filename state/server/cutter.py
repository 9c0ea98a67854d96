"""Cuts a stream of requests so that no piece holds the end of more than one of them."""

_END = b"\r\n\r\n"
_CARRIED = len(_END) - 1


class Cutter:
    """Knows where the request that is being read may end, without parsing it.

    A head ends with an empty line, and so does a body in chunks (RFC 9112 §7.1); the end of a body
    of announced length is counted. The parser behind it takes nothing but CRLF for a line's end.
    """

    def __init__(self) -> None:
        self._body_bytes_left = 0
        self._carried = b""

    def expect_body(self, size_bytes: int) -> None:
        """The next bytes are a body of this length."""
        self._body_bytes_left = size_bytes

    def next_end(self, data: bytes, start: int, most_bytes: int) -> int:
        """Where the piece that begins at ``start`` ends; it is taken to be read then."""
        if self._body_bytes_left:
            end = min(len(data), start + self._body_bytes_left)
            self._body_bytes_left -= end - start
            return end
        stop = min(len(data), start + most_bytes)
        carried = self._carried
        if carried:
            across = (carried + data[start : min(stop, start + _CARRIED)]).find(_END)
            if across >= 0:
                self._carried = b""
                return start + across + len(_END) - len(carried)
        found = data.find(_END, start, stop)
        if found >= 0:
            self._carried = b""
            return found + len(_END)
        self._carried = (carried + data[max(start, stop - _CARRIED) : stop])[-_CARRIED:]
        return stop
