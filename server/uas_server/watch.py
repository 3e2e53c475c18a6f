"""Shows on /metrics how the parts of a server are at the moment that somebody asks."""

import uas_schema
from uas_server.admission import Admission
from uas_server.live.desk import Desk
from uas_server.metrics import Metrics
from uas_server.service.model import ServedModel
from uas_server.settings import Settings


def watch(
    metrics: Metrics, settings: Settings, model: ServedModel, admission: Admission, live: Desk
) -> None:
    """Let the metrics read these parts. Their names are the operator's, never a caller's."""
    metrics.describe(version=uas_schema.__version__, model=model.info.name, engine=settings.engine)
    for name, text, read in (
        (
            "uas_queue_depth",
            "Admitted requests that wait for their turn",
            lambda: admission.waiting,
        ),
        ("uas_running_requests", "Requests that the engine works on", lambda: admission.running),
        ("uas_queue_places", "Requests that may be admitted", lambda: admission.capacity),
        ("uas_engine_ready", "1 while the model answers", lambda: model.engine.health() == "ready"),
        ("uas_live_sessions", "Live sessions, connected or waiting", lambda: live.sessions),
        ("uas_live_places", "Live sessions that may be open", lambda: settings.live_sessions),
        ("uas_live_connections", "Open live connections", lambda: live.connections),
        ("uas_live_behind_seconds", "Live audio that waits for documents", lambda: live.behind_s),
        ("uas_live_buffer_seconds", "Most of it per session", lambda: settings.live_buffer_s),
    ):
        metrics.watch(name, text, read)
