"""The JSON Schema of the document."""

from typing import Any

from fastapi import APIRouter

from uas_schema.document import UasDocument

router = APIRouter(tags=["about"])


@router.get("/v1/schema", operation_id="get_schema", summary="JSON Schema of a UAS document")
async def schema() -> dict[str, Any]:
    """Answer with the JSON Schema 2020-12 that every document is valid against."""
    return UasDocument.json_schema()
