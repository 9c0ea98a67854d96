"""No piece of what a connection receives holds the end of more than one request."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from state.server.cutter import Cutter

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + (
    b"4\r\n\r\n\r\n\r\n0\r\nTrail: x\r\n\r\n"
)
BODY = b'{"a":"\r\n\r\n"}'
POST = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(BODY)


def pieces(stream: bytes, cuts: list[int], most_bytes: int) -> list[bytes]:
    """What the cutter makes of a stream that arrives in these packets."""
    cutter, found = Cutter(), []
    edges = sorted({0, *(cut % (len(stream) + 1) for cut in cuts), len(stream)})
    for begin, end in pairwise(edges):
        packet, start = stream[begin:end], 0
        while start < len(packet):
            stop = cutter.next_end(packet, start, most_bytes)
            found.append(packet[start:stop])
            if (b"".join(found)).endswith(POST):
                cutter.expect_body(len(BODY))
            start = stop
    return found


@given(
    requests=st.lists(st.sampled_from([GET, CHUNKED, POST + BODY]), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 10_000), max_size=8),
    most_bytes=st.sampled_from([4, 7, 50, 1_000_000]),
)
def test_every_request_ends_where_a_piece_ends(
    requests: list[bytes], cuts: list[int], most_bytes: int
) -> None:
    found = pieces(b"".join(requests), cuts, most_bytes)
    assert b"".join(found) == b"".join(requests)
    ends = {sum(map(len, found[:count])) for count in range(1, len(found) + 1)}
    for count in range(1, len(requests) + 1):
        assert sum(map(len, requests[:count])) in ends
    assert max(map(len, found)) <= max(most_bytes, len(BODY))
