"""Spans for OpenTelemetry: on when ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set, else free of cost.

The packages are an extra (``requirements-tracing.txt``). Trace ids are W3C's: a caller's
``traceparent`` is taken over.
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_NO_TRACE = "0" * 32


class TracingUnavailable(Exception):
    """Tracing is asked for, and its packages are not installed; the message is a sentence."""


def given_trace_id(headers: Mapping[str, str]) -> str:
    """The trace id of a caller's ``traceparent`` (W3C Trace Context), or nothing."""
    found = _TRACEPARENT.fullmatch(headers.get("traceparent", "").strip())
    return found[1] if found and found[1] != _NO_TRACE else ""


@cache
def tracer() -> "Tracer | None":
    """This process's tracer; None while tracing is off. Raises TracingUnavailable."""
    if not os.environ.get(ENDPOINT_VARIABLE):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingUnavailable(
            f"{ENDPOINT_VARIABLE} is set, but OpenTelemetry is not installed:"
            " pip install -r requirements-tracing.txt."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "lightning-state"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("lightning-state")


def parent_of(headers: Mapping[str, str]) -> Any:
    """The context a caller's headers name, as OpenTelemetry has it."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract(dict(headers))
