"""Refuses what never became a request: the problem that every other refusal is, as raw bytes."""

from http import HTTPStatus

from state.domain.errors import LightningError


def raw_refusal(refusal: LightningError) -> bytes:
    """The whole answer (contract §11), after which the connection ends."""
    # Not at the top: the server's modules are loaded before Django is set up.
    from state.doors.asgi.answer import raw_headers
    from state.protocol.problems import problem
    from state.protocol.request_id import accepted_request_id

    request_id = accepted_request_id(None)
    answer = problem(refusal, request_id)
    answer.headers["Connection"] = "close"
    status = b"HTTP/1.1 %d %b" % (answer.status, HTTPStatus(answer.status).phrase.encode())
    lines = [b"%b: %b" % header for header in raw_headers(answer, request_id)]
    return b"\r\n".join([status, *lines, b"", b""]) + answer.body
