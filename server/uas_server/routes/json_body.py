"""Takes in a JSON body within its bounds: bytes counted as they come, read and checked in a thread.

The reader is pydantic's, which refuses what is nested over 200 deep without recursing.
"""

import asyncio
from typing import TypeVar

from pydantic import ValidationError
from starlette.requests import Request

from uas_schema.strict import Strict
from uas_server.errors import ApiError
from uas_server.service.json_errors import refused

ModelT = TypeVar("ModelT", bound=Strict)


async def read_json(request: Request, model: type[ModelT], refusals: frozenset[str]) -> ModelT:
    """Read a whole body; its length is the receiving layer's business.

    `refusals` are names that are known and cannot be kept. Raises `ApiError` that names the place
    and the fix.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = "The Content-Type is not application/json. Send the request as JSON."
        raise ApiError("unsupported_media_type", message)
    body = await request.body()
    try:
        return await asyncio.to_thread(model.model_validate_json, body, strict=True)
    except ValidationError as error:
        raise refused(model, error, refusals) from None
