"""Checkpoints that `uas train export` writes, on vLLM: a valid document of every kind of stage.

Run by `make test-vllm`. The stages are finished at once, by noise: what trains them is not
installed beside vLLM. Kinds that leave tensors of the same names are not run twice.
"""

import json
from collections.abc import AsyncIterator, Mapping

import jsonschema
import numpy as np
import pytest
import pytest_asyncio
from finished_stages import finish
from many_documents import random_checkpoint
from toy_training import write_stage
from vllm_subject import SETTINGS, vllm_installed

from uas_model.shards import INDEX_FILE
from uas_schema.document import UasDocument
from uas_server.opening import opened_model
from uas_server.service.describe import PlanResult
from uas_server.service.job import Job
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip
from uas_server.settings import Settings
from uas_training.exporting import Export, export

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.skipif(not vllm_installed(), reason="vLLM is not installed; run: make test-vllm"),
]

NOISE = np.random.default_rng(3).normal(0, 0.1, 40_000).astype(np.float32)
SCHEDULE = {"bf16": False}
KINDS: Mapping[str, Mapping[str, object]] = {
    "adapt": {},
    "tune": {"method": "full", "encoder_rate": 1e-3},
    "grpo": {"lora_rank": 2},
    "align": {"codebook_size": 16},
}
SHARDED = "tune"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServedModel]:
    kind: str = request.param
    folder = tmp_path_factory.mktemp(kind)
    random_checkpoint(folder / "base")
    config = write_stage(folder, kind, folder, schedule=SCHEDULE, **KINDS[kind])
    finish(config)
    asked = Export(shard_bytes=100_000) if kind == SHARDED else Export()
    info = export(config, folder / "model", asked)
    assert (folder / "model" / INDEX_FILE).exists() == (kind == SHARDED)
    opened = opened_model(Settings(engine="vllm", vllm=SETTINGS, model=str(folder / "model")))
    assert opened.info.name == info.name == "model"
    await opened.engine.start()
    yield opened
    await opened.engine.close()


async def test_an_exported_stage_writes_a_valid_document(model: ServedModel) -> None:
    *_, last = [event async for event in describe_clip(model, Job("noise", NOISE, 160))]
    assert isinstance(last, PlanResult)
    text = last.document.canonical()
    assert UasDocument.parse(text) == last.document
    jsonschema.validate(json.loads(text), UasDocument.json_schema())
    assert last.tokens["prompt"] > model.audio_token_count(len(NOISE)) > 0
