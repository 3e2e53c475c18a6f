"""What the server counts, in a registry of its own.

Every label has a small fixed set of values: path templates, status codes, stages, kinds. Nothing
that a caller sends becomes a label. What libraries count in the registry of the process comes
behind: memory, CPU time and descriptors, and under `vllm:` what that engine counts itself.
"""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
STAGES = ("queue", "decode", "encode", "draft", "generate", "first_event")
TOKEN_KINDS = ("prompt", "prefill", "sampled", "forced")
FAILURE_KINDS = ("unparseable", "rule_broken", "mended", "closed_at_budget")
WebhookOutcome = Literal["delivered", "failed", "given_up", "refused"]
RestartOutcome = Literal["restarted", "failed"]
JOB_STATES = ("queued", "running", "succeeded", "failed", "cancelled")
REJECTIONS = (
    *("server_full", "engine_unavailable", "invalid_api_key"),
    *("insufficient_scope", "rate_limited", "concurrency_limited"),
)
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)
_FACTORS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The metrics of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("uas_requests", "Requests answered", "route", "code")
        self.rejections = self._counter("uas_rejections", "Requests turned away", "reason")
        self.tokens = self._counter("uas_tokens", "Tokens by what they cost", "kind")
        self.schema_failures = self._counter(
            "uas_schema_failures", "Documents that were not right as decoded", "kind"
        )
        self.audio_seconds = Counter("uas_audio_seconds", "Audio decoded", registry=self.registry)
        self.request_seconds = self._histogram(
            "uas_request_seconds", "Arrival to last byte", _SECONDS, "route"
        )
        self.stage_seconds = self._histogram(
            "uas_stage_seconds", "Time in one stage of a request", _SECONDS, "stage"
        )
        self.real_time_factor = self._histogram(
            "uas_real_time_factor", "Time to answer over length of audio", _FACTORS
        )
        self.webhooks = self._counter("uas_webhooks", "Webhooks tried, by how it ended", "outcome")
        self.jobs = Gauge("uas_jobs", "Jobs by state", ["state"], registry=self.registry)
        self.engine_restarts = self._counter(
            "uas_engine_restarts", "Restarts of a dead engine, by how it ended", "outcome"
        )
        self._show_all_kinds()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)

    def _show_all_kinds(self) -> None:
        """Make every fixed label value appear, at zero, before anything happens."""
        for metric, values in (
            (self.tokens, TOKEN_KINDS),
            (self.schema_failures, FAILURE_KINDS),
            (self.rejections, REJECTIONS),
            (self.webhooks, get_args(WebhookOutcome)),
            (self.jobs, JOB_STATES),
            (self.engine_restarts, get_args(RestartOutcome)),
        ):
            for value in values:
                metric.labels(value)

    def describe(self, **facts: str) -> None:
        """Say what runs: facts that stay the same as long as the process lives."""
        Info("uas_server", "What runs here", registry=self.registry).info(facts)

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Read a value whenever the metrics are asked for."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests.labels(route, str(status)).inc()
        self.request_seconds.labels(route).observe(seconds)

    def stages(self, seconds: Mapping[str, float]) -> None:
        """Observe the stages of one request; names that are no stage are left out."""
        for stage in STAGES:
            if stage in seconds:
                self.stage_seconds.labels(stage).observe(seconds[stage])

    def used(self, tokens: Mapping[str, int]) -> None:
        """Count the tokens of one generation by kind."""
        for kind, count in tokens.items():
            self.tokens.labels(kind).inc(count)

    def failed(self, failures: Mapping[str, int]) -> None:
        """Count how often a document was not right as decoded."""
        for kind, count in failures.items():
            self.schema_failures.labels(kind).inc(count)

    def heard(self, audio_s: float, took_s: float) -> None:
        """Count the audio of one answered request."""
        self.audio_seconds.inc(audio_s)
        if audio_s > 0:
            self.real_time_factor.observe(took_s / audio_s)

    def restarted(self, outcome: RestartOutcome) -> None:
        """Count a restart of the engine."""
        self.engine_restarts.labels(outcome).inc()

    def text(self) -> bytes:
        """Everything in the Prometheus text format."""
        return generate_latest(self.registry) + generate_latest(REGISTRY)
