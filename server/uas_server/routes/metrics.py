"""Metrics in the Prometheus text format. Needs a key where there are keys."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from uas_server.metrics import CONTENT_TYPE
from uas_server.services import Services, services_of

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Metrics",
    response_class=Response,
    responses={
        200: {
            "description": "The Prometheus text format.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
async def metrics(services: Annotated[Services, Depends(services_of)]) -> Response:
    """Answer with everything that is counted."""
    return Response(services.metrics.text(), media_type=CONTENT_TYPE)
