"""What Prometheus is told of back ends, read when it asks. They are named by their number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from uas_server.engine.remote.engine import RemoteEngine
from uas_server.engine.remote.router import Outcome


class BackEndCollector(Collector):
    """The metrics of one engine's back ends."""

    def __init__(self, engine: RemoteEngine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """Requests by outcome, those running, whether in use, and answers that left their form."""
        requests = CounterMetricFamily(
            "uas_back_end_requests",
            "Requests to back ends, by how they ended",
            labels=("back_end", "outcome"),
        )
        running = GaugeMetricFamily(
            "uas_back_end_running", "Requests that back ends work on", labels=("back_end",)
        )
        in_use = GaugeMetricFamily(
            "uas_back_end_in_use", "1 where requests are sent to", labels=("back_end",)
        )
        for backend in self._engine.backends:
            name = str(backend.number)
            for outcome in get_args(Outcome):
                requests.add_metric((name, outcome), backend.outcomes[outcome])
            running.add_metric((name,), backend.running)
            in_use.add_metric((name,), backend.state != "open")
        yield from (requests, running, in_use)
        yield CounterMetricFamily(
            "uas_strayed_answers",
            "Answers of back ends that left the form asked for",
            value=self._engine.strays.count,
        )
