"""Spans of a request and its stages, for whoever collects them.

Off unless the standard OTEL_* variables ask for it; then the extra `otel` is needed. Attributes are
counts, lengths, ids and names of ours: nothing that a caller said, asked or sent but its request
id and the ids of its `traceparent`. Of an exception only the type is kept.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import uas_schema

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

NO_TRACER: Tracer = NoOpTracer()

_SERVICE = "uas-audio"
_PROTOCOL = "http/protobuf"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_EXPORTERS = ("otlp", "console", "none")
_HEADER = b"traceparent"


class TracingError(Exception):
    """Traces were asked for and cannot be sent; the message names the variable and the fix."""


def exporter_of(environment: Mapping[str, str]) -> str:
    """Where spans go: "otlp", "console" or "none". Raises `TracingError` for anything else.

    The specification's default is "otlp"; here an endpoint has to be named too, so that a server
    that was told nothing opens no connection.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return "none"
    named = any(environment.get(name) for name in _ENDPOINTS)
    chosen = environment.get("OTEL_TRACES_EXPORTER") or ("otlp" if named else "none")
    if chosen not in _EXPORTERS:
        raise TracingError(
            f"OTEL_TRACES_EXPORTER is {chosen!r}; use one of {', '.join(_EXPORTERS)}"
        )
    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), _PROTOCOL)
    if chosen == "otlp" and protocol != _PROTOCOL:
        raise TracingError(f"the protocol {protocol!r} is not supported; use {_PROTOCOL}")
    return chosen


@contextmanager
def opened_tracer(environment: Mapping[str, str] = os.environ) -> Iterator[Tracer]:
    """A tracer as the environment asks for; what is left to send is sent at the end.

    Raises `TracingError`.
    """
    exporter = exporter_of(environment)
    if exporter == "none":
        yield NO_TRACER
        return
    provider = _provider(exporter)
    try:
        yield provider.get_tracer("uas_server", uas_schema.__version__)
    finally:
        provider.shutdown()


def _provider(exporter: str) -> "TracerProvider":
    """Sampler, limits, batches and endpoint come from OTEL_* variables: the SDK reads them."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
    except ModuleNotFoundError as error:
        raise TracingError(
            f"OTEL_* variables ask for traces and {error.name} is missing; "
            "pip install 'uas-audio[otel]', or set OTEL_SDK_DISABLED=true"
        ) from None
    ours = {"service.name": _SERVICE, "service.version": uas_schema.__version__}
    resource = Resource.create(ours).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    target = OTLPSpanExporter() if exporter == "otlp" else ConsoleSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(target))
    return provider


def parent_of(headers: list[tuple[bytes, bytes]]) -> Context:
    """The span of the caller's that a request belongs to, by its W3C `traceparent`, if any.

    Its `tracestate` is left: it is free text of the caller's that would be sent on.
    """
    values = [value.decode("latin-1") for name, value in headers if name == _HEADER]
    carrier = {"traceparent": values[0]} if len(values) == 1 else {}
    return TraceContextTextMapPropagator().extract(carrier, context=Context())


@contextmanager
def request_span(tracer: Tracer, name: str, parent: Context) -> Iterator[Span]:
    """The span that all spans of one request are below: it is the current one inside."""
    with tracer.start_as_current_span(
        name,
        parent,
        SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


@contextmanager
def window_span(tracer: Tracer, request_id: str, job_id: str) -> Iterator[None]:
    """The span of one window of a job; it runs long after the request that asked for it."""
    ids = {"uas.request_id": request_id, "uas.job_id": job_id}
    with tracer.start_as_current_span(
        "window", Context(), attributes=ids, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except Exception as error:
            failed(span, type(error).__name__)
            raise


@contextmanager
def stage_span(tracer: Tracer, name: str) -> Iterator[Span]:
    """A span below the current one that does not become it, so that generators may hold it."""
    span = tracer.start_span(name)
    try:
        yield span
    except Exception as error:
        failed(span, type(error).__name__)
        raise
    finally:
        span.end()


def failed(span: Span, kind: str) -> None:
    """Mark a span as failed by the kind of failure."""
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
