"""What happens to every call, whichever door it came through, and nowhere else.

In this order, which is contract §11's: who calls and may they (401, 403), the body's form and size
(415, 413), the query parameters (400); then the operation answers at once, or runs. What it raises
becomes a problem.

Whatever else concerns every call is an ``Around``: a function that is given an operation and what
is inside it, and returns what takes its place. It is asked once for each operation, at the start,
so one that leaves an operation alone costs its calls nothing.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from state.domain.errors import LightningError, TooLarge
from state.domain.jsontext import holds_more_values_than
from state.operations.operation import Operation, Run
from state.protocol.call import Answer, Call, CallerGone
from state.protocol.headers import check_media_type
from state.protocol.problems import INTERNAL_DETAIL, problem
from state.protocol.query import read_query
from state.protocol.refusals import refusal_of
from state.runtime.tracing import given_trace_id

logger = logging.getLogger(__name__)

Around = Callable[[Operation, Run], Run]


class Frame:
    """The operations as the doors call them.

    Args:
        outside: around everything, outermost first: sees every call with its refusals, as
            exceptions, before they are problems (metrics, tracing, audit).
        inside: around what an operation does, after the caller and the request's form are judged
            (limiter, deadline).
    """

    def __init__(
        self,
        operations: Iterable[Operation],
        *,
        outside: Sequence[Around] = (),
        inside: Sequence[Around] = (),
    ) -> None:
        self._runs: dict[Operation, Run] = {}
        for operation in operations:
            judged = _judged(operation, _within(inside, operation, operation.run))
            self._runs[operation] = _answering(operation, _within(outside, operation, judged))

    def answer(self, operation: Operation, call: Call) -> Awaitable[Answer]:
        """The answer, whatever happens; raises only CallerGone."""
        return self._runs[operation](call)


def _answering(operation: Operation, run: Run) -> Run:
    """What is raised, as a problem."""

    async def answering(call: Call) -> Answer:
        try:
            return await run(call)
        except LightningError as refusal:
            return problem(refusal, call.request_id, _trace_id(call), operation.statuses)
        except CallerGone:
            raise
        except Exception as error:
            named = _named(error, call)
            return problem(named, call.request_id, _trace_id(call), operation.statuses)

    return answering


def _trace_id(call: Call) -> str:
    """That of the call's span, or the one its caller has given."""
    return call.trace_id or given_trace_id(call.headers)


def _within(arounds: Sequence[Around], operation: Operation, run: Run) -> Run:
    for around in reversed(arounds):
        run = around(operation, run)
    return run


def _judged(operation: Operation, run: Run) -> Run:
    """The operation behind the rules that all have in common."""
    role, permit, body = operation.role, operation.permit, operation.body
    at_once = operation.at_once
    parameters = {parameter.name: parameter for parameter in operation.query}
    has_required = any(parameter.required for parameter in operation.query)

    async def judged(call: Call) -> Answer:
        principal = call.recall() or await call.authenticate()
        principal.require(role)
        call.principal = principal
        if permit is not None:
            await permit(call)
        if body is not None:
            check_media_type(call, body.media_types)
            call.body = await call.read_body(body.limit_bytes)
            if holds_more_values_than(body.limit_values, call.body):
                raise TooLarge(f"The body has more than {body.limit_values:,} values.")
        if call.query_string or has_required:
            call.query = read_query(call.query_string, parameters)
        if at_once is not None:
            answer = at_once(call)
            if answer is not None:
                return answer
        return await run(call)

    return judged


def _named(error: Exception, call: Call) -> LightningError:
    """The refusal that an exception stands for; a fault of ours is logged, once."""
    refusal = refusal_of(error)
    if refusal is not None:
        return refusal
    logger.error(
        "A request failed: %s %s",
        call.method,
        call.path,
        exc_info=error,
        extra={"request_id": call.request_id},
    )
    return LightningError(INTERNAL_DETAIL)
