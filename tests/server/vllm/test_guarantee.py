"""Documents of a random model stay valid at any budget, whoever leaves. Run by `make test-vllm`.

Our vLLM engine with both ways of scoring, and the remote engine over vLLM's own server.
"""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from many_documents import answers_again, random_checkpoint, write_many
from vllm_server import remote_over_vllm, vllm_server
from vllm_subject import SETTINGS, vllm_installed

from uas_server.opening import opened_model
from uas_server.service.model import ServedModel
from uas_server.settings import Settings

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.skipif(not vllm_installed(), reason="vLLM is not installed; run: make test-vllm"),
]

REMOTE = "remote over vLLM's server"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["steps", REMOTE, "walk"])
async def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, ServedModel]]:
    kind: str = request.param
    folder: Path = random_checkpoint(tmp_path_factory.mktemp("random") / "model")
    if kind == REMOTE:
        with vllm_server(folder) as url:
            model = opened_model(Settings(model=str(folder)))
            model = dataclasses.replace(model, engine=remote_over_vllm(folder, url))
            await model.engine.start()
            yield kind, model
            await model.engine.close()
        return
    vllm = SETTINGS.model_copy(update={"scoring": kind})
    model = opened_model(Settings(engine="vllm", vllm=vllm, model=str(folder)))
    await model.engine.start()
    yield kind, model
    await model.engine.close()


async def test_documents_stay_valid_while_callers_leave(served, proving, evidence) -> None:
    """A walk sends some 40 requests to vLLM for a document, and is not the default: fewer of it."""
    kind, model = served
    count = proving(50, 500 if kind == "walk" else 2_000)
    seen = await write_many(model, count)
    assert await answers_again(model.engine, model)
    assert min(seen["whole"], seen["truncated"], seen["left"]) > 0
    evidence("vLLM guarantee", {"engine": kind, "documents": count, "not valid": 0, **seen})
