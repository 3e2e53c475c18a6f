"""Whether the process lives, and whether it can answer."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from uas_schema.strict import Strict
from uas_server.errors import engine_unavailable, error_responses
from uas_server.services import Services, services_of

router = APIRouter(prefix="/health", tags=["operations"])


class Liveness(Strict):
    """The process answers."""

    status: Literal["live"] = "live"


class Readiness(Strict):
    """The model answers."""

    status: Literal["ready"] = "ready"


@router.get("/live", operation_id="get_liveness", summary="Does the process live?")
async def live() -> Liveness:
    """Answer 200 as long as the process can answer at all."""
    return Liveness()


@router.get(
    "/ready",
    operation_id="get_readiness",
    summary="Can it answer?",
    responses=error_responses("engine_unavailable"),
)
async def ready(services: Annotated[Services, Depends(services_of)]) -> Readiness:
    """Answer 200 when the model takes requests, else 503 with Retry-After."""
    if services.model.engine.health() != "ready":
        raise engine_unavailable()
    return Readiness()
