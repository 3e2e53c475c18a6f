"""Puts the server together: services, routes, and the layers around them."""

import dataclasses
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import httpcore
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from opentelemetry.trace import Tracer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from uas_server.admission import Admission
from uas_server.engine.remote.collector import BackEndCollector
from uas_server.engine.remote.engine import RemoteEngine
from uas_server.errors import api_error_of
from uas_server.jobs.office import Office
from uas_server.keys.ring import KeyRing
from uas_server.lifespan import lifespan_of
from uas_server.live.desk import Desk
from uas_server.live.documents import Bench
from uas_server.media.fetch import Fetcher, HttpFetcher, NoFetcher
from uas_server.media.network import SystemResolver
from uas_server.metrics import Metrics
from uas_server.middleware.admit import Admit
from uas_server.middleware.authenticate import Authenticate
from uas_server.middleware.hosts import Hosts
from uas_server.middleware.observe import Observe
from uas_server.middleware.receive import BodyLimits, ReceiveBody
from uas_server.middleware.websockets import WebSockets
from uas_server.openapi import describe_api, errors_everywhere
from uas_server.routes import (
    ask,
    chat,
    health,
    jobs,
    limits,
    metrics,
    models,
    schema,
    stream,
    transcriptions,
    uas,
)
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip, transcribe_clip
from uas_server.service.schema_compiler import SchemaCompiler
from uas_server.service.schemas import SchemaLimits
from uas_server.services import Services
from uas_server.settings import Settings
from uas_server.traced import traced
from uas_server.tracing import NO_TRACER
from uas_server.watch import watch
from uas_signal.pool import DecoderPool

DESCRIPTION_PATH = "/openapi.json"


def create_office(services: Services, **fakes: Any) -> Office:
    """The jobs of a server, not yet started. `fakes` are keywords of `Office`, for tests."""
    parts = (services.settings, services.model, services.plan)
    return Office(
        *parts, services.admission, services.metrics, **{"tracer": services.tracer, **fakes}
    )


def create_app(
    settings: Settings,
    model: ServedModel,
    fetcher: Fetcher | None = None,
    *,
    office: Callable[[Services], Office] = create_office,
    tracer: Tracer = NO_TRACER,
) -> FastAPI:
    """Build the server for one model. Starts nothing: that is the lifespan's work.

    Raises `KeysError` for a file of keys that does not fit.
    """
    services = create_services(settings, model, fetcher, tracer)
    if settings.jobs:
        services = dataclasses.replace(services, jobs=office(services))
    app = routed_app(lifespan=lifespan_of(services), middleware=_layers(services))
    app.state.services = services
    return app


def routed_app(**options: Any) -> FastAPI:
    """An app with every route and nothing behind them: enough to describe the API.

    `options` are FastAPI's own.
    """
    app = FastAPI(
        exception_handlers={HTTPException: _reraise, RequestValidationError: _reraise},
        docs_url=None,
        redoc_url=None,
        openapi_url=DESCRIPTION_PATH,
        redirect_slashes=False,
        **options,
    )
    for resource in (uas, ask, transcriptions, chat, stream, jobs):
        app.include_router(resource.router)
    for resource in (schema, models, limits, health, metrics):
        app.include_router(resource.router, responses=errors_everywhere())
    app.openapi = cache(partial(describe_api, app))  # type: ignore[method-assign]  # FastAPI's hook
    return app


def create_services(
    settings: Settings,
    model: ServedModel,
    fetcher: Fetcher | None = None,
    tracer: Tracer = NO_TRACER,
) -> Services:
    """The parts of a server, not yet started; also what the commands run in-process.

    `fetcher` stands in for the one that the settings ask for.
    """
    counted = Metrics()
    if isinstance(model.engine, RemoteEngine):
        counted.registry.register(BackEndCollector(model.engine))
    if tracer is not NO_TRACER:
        model = traced(model, tracer)
    admission = Admission(model.engine.capabilities.max_concurrency, settings.queue, tracer)
    live = Desk(Bench(settings, model, describe_clip, admission, counted))
    watch(counted, settings, model, admission, live)
    return Services(
        settings=settings,
        keys=KeyRing((key.get_secret_value() for key in settings.api_keys), settings.keys_file),
        model=model,
        plan=describe_clip,
        transcribe=transcribe_clip,
        decoders=DecoderPool(settings.decoders, settings.decode_limits()),
        schemas=SchemaCompiler(
            SchemaLimits(settings.schema_bytes, settings.schema_depth, settings.schema_states),
            cached=settings.schemas_cached,
            compile_s=settings.schema_compile_s,
        ),
        admission=admission,
        metrics=counted,
        fetcher=fetcher or _fetcher(settings),
        live=live,
        tracer=tracer,
    )


def _fetcher(settings: Settings) -> Fetcher:
    if not settings.fetch_urls:
        return NoFetcher()
    return HttpFetcher(settings.fetch_limits(), SystemResolver(), httpcore.AnyIOBackend())


def _layers(services: Services) -> list[Middleware]:
    """Pure-ASGI layers, from the outside in."""
    settings = services.settings
    usual = BodyLimits(settings.upload_bytes, settings.body_s)
    return [
        Middleware(
            Observe,
            metrics=services.metrics,
            routes=_PATHS,
            request_s=settings.request_s,
            tracer=services.tracer,
        ),
        Middleware(Hosts, allowed=settings.allowed_hosts, loopback=settings.is_loopback),
        Middleware(Authenticate, keys=services.keys),
        Middleware(WebSockets, paths=(stream.PATH,), origins=settings.allowed_origins),
        Middleware(
            Admit,
            admission=services.admission,
            health=services.model.engine.health,
            paths=_CLIP_PATHS,
        ),
        Middleware(
            ReceiveBody,
            usual=usual,
            special={
                chat.PATH: dataclasses.replace(usual, in_base64=True),
                jobs.PATH: BodyLimits(settings.job_upload_bytes, settings.job_body_s),
            },
        ),
    ]


_CLIP_PATHS = (uas.PATH, ask.PATH, transcriptions.PATH, chat.PATH)
"""Those that take a clip and need the engine."""

_PATHS = (
    *(*_CLIP_PATHS, stream.PATH, jobs.PATH, jobs.ONE_PATH, jobs.RESULT_PATH, DESCRIPTION_PATH),
    *("/v1/schema", "/v1/models", "/v1/limits", "/metrics", "/health/live", "/health/ready"),
)
"""The template of every path there is."""


async def _reraise(_request: Request, error: Exception) -> Response:
    """Leave all errors to the outermost layer, which has the one shape."""
    raise api_error_of(error) from None
