"""A span around every operation, when tracing is on."""

from state.domain.errors import LightningError
from state.operations.operation import Operation, Run
from state.protocol.call import Answer, Call
from state.runtime.log_lines import logged_with
from state.runtime.tracing import parent_of, tracer


def traced(operation: Operation, run: Run) -> Run:
    """An ``Around``: nothing while tracing is off."""
    found = tracer()
    if found is None:
        return run
    from opentelemetry.trace import SpanKind, Status, StatusCode

    attributes = {
        "http.request.method": operation.method,
        "http.route": operation.path,
        "lightning.operation": operation.name,
        "lightning.kind": str(operation.kind or ""),
    }

    async def trace(call: Call) -> Answer:
        with found.start_as_current_span(
            operation.id,
            context=parent_of(call.headers),
            kind=SpanKind.SERVER,
            attributes=attributes | {"lightning.request_id": call.request_id},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            call.trace_id = f"{span.get_span_context().trace_id:032x}"
            with logged_with(request_id=call.request_id, trace_id=call.trace_id):
                try:
                    answer = await run(call)
                except LightningError as refusal:
                    span.set_attribute("lightning.code", refusal.code)
                    raise
                except Exception as error:
                    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                    raise
                span.set_attribute("http.response.status_code", answer.status)
                return answer

    return trace
