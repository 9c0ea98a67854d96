"""Refuses what never became a request: the problem that every other refusal is, as raw bytes."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from state.domain.errors import LightningError


def raw_refusal(refusal: LightningError) -> bytes:
    """The whole answer (contract §11), after which the connection ends."""
    # Not at the top: the server's modules are loaded before Django is set up.
    from state.doors.asgi.answer import head_lines
    from state.protocol.problems import problem
    from state.protocol.request_id import accepted_request_id

    request_id = accepted_request_id(None)
    answer = problem(refusal, request_id)
    answer.headers["Connection"] = "close"
    head = STATUS_LINE[answer.status] + head_lines(answer, request_id)
    return head + b"\r\n" + answer.body
