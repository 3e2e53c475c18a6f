"""Which model is served, in the shape of OpenAI's list."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from uas_schema.strict import Strict
from uas_server.services import Services, services_of

router = APIRouter(tags=["about"])


class ModelCard(Strict):
    """One model. `licence` is the SPDX expression of its weights; `variant` says on which data.

    It takes `window_s` seconds at once: so long may be what a question is asked about. For
    documents longer clips are cut to `document_window_s`. `audio` says what a clip is for it: the
    encoder's `states`, or `tokens` of a codebook.
    """

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "uas-audio"
    licence: str
    variant: str | None
    languages: tuple[str, ...]
    window_s: int
    document_window_s: int
    prompt_family: str
    draft: Literal["forced", "prompt", "none"]
    audio: Literal["states", "tokens"]
    probabilities: bool
    ready: bool


class ModelList(Strict):
    """All models of this server."""

    object: Literal["list"] = "list"
    data: tuple[ModelCard, ...]


@router.get("/v1/models", operation_id="list_models", summary="The served model")
async def models(services: Annotated[Services, Depends(services_of)]) -> ModelList:
    """Answer with the one model that this server runs."""
    info, engine = services.model.info, services.model.engine
    card = ModelCard(
        id=info.name,
        created=services.started_at,
        licence=info.licence,
        variant=info.variant,
        languages=info.languages,
        window_s=info.window_s,
        document_window_s=info.longest_described_s,
        prompt_family=info.prompt_family,
        draft=info.wants_draft,
        audio=info.audio,
        probabilities=engine.capabilities.probabilities,
        ready=engine.health() == "ready",
    )
    return ModelList(data=(card,))
