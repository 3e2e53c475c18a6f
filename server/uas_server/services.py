"""Everything the routes need, made once by `create_app` and started by the lifespan."""

import time
from dataclasses import dataclass, field

from opentelemetry.trace import Tracer
from starlette.requests import Request

from uas_server.admission import Admission
from uas_server.jobs.office import Office
from uas_server.keys.ring import KeyRing
from uas_server.live.desk import Desk
from uas_server.media.fetch import Fetcher
from uas_server.metrics import Metrics
from uas_server.service.describe import Plan
from uas_server.service.model import ServedModel
from uas_server.service.schema_compiler import SchemaCompiler
from uas_server.settings import Settings
from uas_server.tracing import NO_TRACER
from uas_signal.pool import DecoderPool


@dataclass(frozen=True)
class Services:
    """The parts of one server.

    `plan` is how one window becomes a document, `transcribe` how one becomes a document of which
    only the transcription was asked for; `jobs` are the long recordings, where they are taken;
    `started_at` is in seconds since the epoch.
    """

    settings: Settings
    keys: KeyRing
    model: ServedModel
    plan: Plan
    transcribe: Plan
    decoders: DecoderPool
    schemas: SchemaCompiler
    admission: Admission
    metrics: Metrics
    fetcher: Fetcher
    live: Desk
    jobs: Office | None = None
    tracer: Tracer = NO_TRACER
    started_at: int = field(default_factory=lambda: int(time.time()))


def services_of(request: Request) -> Services:
    """The services of the app that a request came to; a FastAPI dependency."""
    services: Services = request.app.state.services
    return services
