"""Spans say where the time of a request went, belong to the caller's trace, and hold no content."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from job_client import ended
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from uas_cli.command import CommandError, ExitCode
from uas_server.engine.errors import EngineError
from uas_server.engine.fake import FakeEngine, Reply, legal_reply
from uas_server.engine.protocol import Choice, GenerateRequest
from uas_server.opening import refusals
from uas_server.traced import TracedEngine
from uas_server.tracing import NO_TRACER, TracingError, exporter_of, opened_tracer

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CANARY = "zebrafish"


def voice(request: GenerateRequest) -> Reply:
    if isinstance(request.constraint, Choice):
        return Reply('"')
    return Reply(legal_reply(request).text.replace('"fake"', f'"{CANARY}"'))


def breaking(_request: GenerateRequest) -> Reply:
    raise EngineError(f"it said {CANARY}")


class Collected:
    """A tracer and the spans that it left."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self.tracer = self._provider.get_tracer("test")

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._kept.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        (span,) = self.named(name)
        return span


@pytest.fixture
def collected() -> Collected:
    return Collected()


def parent(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


async def test_every_stage_is_a_span_below_its_request(server_of, clip, collected):
    async with server_of(FakeEngine(voice), tracer=collected.tracer) as client:
        headers = {"x-request-id": "req-1"}
        answer = await client.post("/v1/uas", files={"file": clip}, headers=headers)
    assert answer.status_code == 200
    root = collected.one("POST /v1/uas")
    assert parent(root) is None
    assert dict(root.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/uas",
        "http.response.status_code": 200,
        "uas.request_id": "req-1",
        "uas.bytes_in": root.attributes["uas.bytes_in"],
        "uas.audio_s": 1.0,
    }
    for name, count in (("decode", 1), ("queue", 1), ("draft", 1), ("generate", 2)):
        stages = collected.named(name)
        assert [parent(span) for span in stages] == [root.context.span_id] * count, name
        assert all(root.start_time <= span.start_time for span in stages)
        assert all(span.end_time <= root.end_time for span in stages)
    assert {parent(span) for span in collected.named("encode")} == {
        span.context.span_id for span in collected.named("generate")
    }
    branch, document = collected.named("generate")
    assert branch.attributes["uas.tokens.sampled"] == 1
    assert document.attributes["uas.finish"] == "stop"
    assert {span.status.status_code for span in collected.spans} == {StatusCode.UNSET}


async def test_a_stream_ends_its_spans_with_its_last_byte(server_of, clip, collected):
    async with server_of(FakeEngine(voice), tracer=collected.tracer) as client:
        await client.post("/v1/uas?stream=true", files={"file": clip})
    root = collected.one("POST /v1/uas")
    assert {parent(span) for span in collected.named("generate")} == {root.context.span_id}


async def test_a_request_joins_the_trace_of_its_caller(server_of, collected):
    async with server_of(tracer=collected.tracer) as client:
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": f"a={CANARY}"}
        await client.get("/v1/models", headers=headers)
    span = collected.one("GET /v1/models")
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{parent(span):016x}" == PARENT
    assert not span.context.trace_state


@pytest.mark.parametrize(
    "sent", ["", "00", f"00-{TRACE}-{'0' * 16}-01", "x" * 5_000, "00-\xff-1-1"]
)
async def test_a_traceparent_that_is_none_begins_a_trace(server_of, collected, sent):
    async with server_of(tracer=collected.tracer) as client:
        headers = [(b"traceparent", sent.encode("latin-1"))]
        assert (await client.get("/v1/models", headers=headers)).status_code == 200
    assert parent(collected.one("GET /v1/models")) is None


async def test_two_traceparents_are_none(server_of, collected):
    async with server_of(tracer=collected.tracer) as client:
        one = ("traceparent", f"00-{TRACE}-{PARENT}-01")
        await client.get("/v1/models", headers=[one, one])
    assert parent(collected.one("GET /v1/models")) is None


async def test_nothing_of_what_callers_send_or_get_is_in_a_span(server_of, clip, collected):
    async with server_of(FakeEngine(voice), tracer=collected.tracer, api_keys=[CANARY]) as client:
        client.headers["authorization"] = f"Bearer {CANARY}"
        form = {"file": (f"{CANARY}.wav", clip)}
        for answer in (
            await client.post(f"/v1/ask?question={CANARY}", files=form),
            await client.post("/v1/uas", files=form),
            await client.post("/v1/uas", files=form, headers={"user-agent": CANARY}),
        ):
            assert answer.status_code == 200
        await client.get(f"/{CANARY}")
        await client.request(CANARY.upper(), "/v1/models")
    assert len(collected.spans) > 12
    assert CANARY not in "".join(span.to_json() for span in collected.spans).lower()


async def test_a_failure_is_named_by_its_kind_and_never_by_its_text(server_of, clip, collected):
    async with server_of(FakeEngine(breaking), tracer=collected.tracer) as client:
        answer = await client.post("/v1/uas", files={"file": clip})
    root, generate = collected.one("POST /v1/uas"), collected.one("generate")
    assert root.status.status_code is StatusCode.ERROR
    assert root.attributes["error.type"] == answer.json()["error"]["code"]
    assert generate.attributes["error.type"] == "EngineError"
    for span in collected.spans:
        assert not span.events
        assert span.status.description is None
        assert CANARY not in span.to_json()


async def test_a_refusal_is_no_failure_of_the_server(server_of, collected):
    async with server_of(tracer=collected.tracer) as client:
        await client.post("/v1/uas", files={"file": b"no audio"})
    root = collected.one("POST /v1/uas")
    assert root.status.status_code is StatusCode.UNSET
    assert root.attributes["error.type"] == "unsupported_media_type"


async def test_each_window_of_a_job_is_a_trace_that_names_its_request(server_of, clip, collected):
    async with server_of(FakeEngine(voice), tracer=collected.tracer) as client:
        headers = {"x-request-id": "req-9"}
        made = await client.post("/v1/jobs", files={"file": clip}, headers=headers)
        job = await ended(client, made.json())
    window = collected.one("window")
    assert parent(window) is None
    assert dict(window.attributes) == {"uas.request_id": "req-9", "uas.job_id": job["id"]}
    assert {parent(span) for span in collected.named("generate")} == {window.context.span_id}


async def test_a_server_that_was_told_nothing_leaves_its_parts_as_they_are(server_of):
    engine = FakeEngine()
    assert server_of(engine).services.model.engine is engine
    with opened_tracer({}) as tracer:
        assert tracer is NO_TRACER


async def test_a_traced_engine_is_the_engine_inside(collected):
    inner = FakeEngine(max_concurrency=3)
    engine = TracedEngine(inner, collected.tracer)
    assert engine.health() == "starting"
    await engine.start()
    assert engine.capabilities == inner.capabilities
    inner.kill()
    assert engine.health() == "dead"
    await engine.restart()
    assert inner.health() == "ready"
    await engine.abort("nobody")
    await engine.close()
    assert inner.health() == "dead"


ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environment", "exporter"),
    [
        ({}, "none"),
        ({"OTEL_SERVICE_NAME": "x"}, "none"),
        (ENDPOINT, "otlp"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console"),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, "none"),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "TRUE"}, "none"),
        ({**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, "otlp"),
    ],
)
async def test_the_standard_variables_say_where_spans_go(environment, exporter):
    assert exporter_of(environment) == exporter


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (
            {"OTEL_TRACES_EXPORTER": "zipkin"},
            "OTEL_TRACES_EXPORTER is 'zipkin'; use one of otlp, console, none",
        ),
        (
            {**ENDPOINT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "the protocol 'grpc' is not supported; use http/protobuf",
        ),
    ],
)
async def test_what_cannot_be_done_ends_the_command_with_the_fix(environment, message):
    with pytest.raises(TracingError), opened_tracer(environment):
        pass
    with pytest.raises(CommandError) as refused, refusals(), opened_tracer(environment):
        pass
    assert (str(refused.value), refused.value.exit_code) == (message, ExitCode.REFUSED)


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An OTLP collector that keeps what it is sent; gives its address and the bodies."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", bodies
        finally:
            server.shutdown()
            thread.join()


async def test_spans_arrive_at_the_endpoint_when_the_server_ends(server_of, monkeypatch):
    with collector() as (url, bodies):
        # The SDK reads its variables itself.
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        with opened_tracer() as tracer:
            async with server_of(tracer=tracer) as client:
                await client.get("/v1/models")
    (received,) = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    (spans,) = received.resource_spans
    resource = {each.key: each.value.string_value for each in spans.resource.attributes}
    assert resource["service.name"] == "uas-audio"
    (span,) = spans.scope_spans[0].spans
    assert span.name == "GET /v1/models"
