"""What the server counts, in a registry of its own.

Every label has a small fixed set of values: path templates, status codes, stages, kinds. Nothing
that a caller sends becomes a label.
"""

from collections.abc import Callable, Mapping
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE = CONTENT_TYPE_LATEST
STAGES = ("queue", "decode", "encode", "draft", "generate", "first_event")
TOKEN_KINDS = ("prompt", "prefill", "sampled", "forced")
FAILURE_KINDS = ("unparseable", "rule_broken", "mended", "closed_at_budget")
WebhookOutcome = Literal["delivered", "failed", "given_up", "refused"]
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
        ):
            for value in values:
                metric.labels(value)

    def watch_queue(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Read the queue's depth whenever the metrics are asked for."""
        for name, text, read in (
            ("uas_queue_depth", "Requests admitted that wait for the engine", waiting),
            ("uas_running_requests", "Requests that the engine works on", running),
        ):
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

    def text(self) -> bytes:
        """Everything in the Prometheus text format."""
        return generate_latest(self.registry)
