"""Every family of `docs/architectures.md` on vLLM: random checkpoints in, valid documents out.

Run by `make test-vllm`. Why others are not served is checked in `test_not_served.py`.
"""

import asyncio
import importlib.util
import json
from collections.abc import AsyncIterator

import jsonschema
import numpy as np
import pytest
import pytest_asyncio
from tiny_families import FAMILIES, NEED_TORCHVISION
from vllm_subject import SETTINGS, expanded_by_vllm, vllm_installed

from uas_schema.document import UasDocument
from uas_server.engine.protocol import Choice, Final, GenerateRequest
from uas_server.opening import opened_model
from uas_server.service.describe import PlanResult
from uas_server.service.job import Job
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip
from uas_server.settings import Settings

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.vllm,
    pytest.mark.slow,
    pytest.mark.skipif(not vllm_installed(), reason="vLLM is not installed; run: make test-vllm"),
    # From the class in which vLLM reads the configuration of Qwen3-ASR.
    pytest.mark.filterwarnings("ignore:`rope_config_validation` is deprecated:FutureWarning"),
]

TONE = (0.1 * np.sin(np.arange(16_000) * 0.2)).astype(np.float32)
NOISE = np.random.default_rng(3).normal(0, 0.1, 40_000).astype(np.float32)
BUDGETS = (160, 24, 1)
CHOICES = tuple("abcdefghijklmnop")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=FAMILIES)
async def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ServedModel]:
    family: str = request.param
    if family in NEED_TORCHVISION and importlib.util.find_spec("torchvision") is None:
        pytest.skip("vLLM needs torchvision for it; see test_not_served.py")
    folder = tmp_path_factory.mktemp(family)
    FAMILIES[family](folder)
    opened = opened_model(Settings(engine="vllm", vllm=SETTINGS, model=str(folder)))
    assert opened.info.prompt_family == family
    await opened.engine.start()
    yield opened
    await opened.engine.close()


async def test_documents_are_valid_at_any_budget(model: ServedModel) -> None:
    schema = UasDocument.json_schema()
    jobs = [
        Job(f"{name}.{budget}", samples, budget)
        for name, samples in (("tone", TONE), ("noise", NOISE))
        for budget in BUDGETS
    ]
    results = await asyncio.gather(*(describe(model, job) for job in jobs))
    for job, result in zip(jobs, results, strict=True):
        text = result.document.canonical()
        assert UasDocument.parse(text) == result.document
        jsonschema.validate(json.loads(text), schema)
        assert bool(result.incomplete) or job.max_tokens > min(BUDGETS)
        assert result.tokens["prompt"] > model.audio_token_count(len(job.samples)) > 0


async def describe(model: ServedModel, job: Job) -> PlanResult:
    *_, last = [event async for event in describe_clip(model, job)]
    assert isinstance(last, PlanResult)
    return last


@pytest.mark.parametrize("n_samples", [8_000, 16_000, 40_000])
async def test_the_clip_has_the_place_that_vllm_gives_it(
    model: ServedModel, n_samples: int
) -> None:
    asked = request(model, NOISE[:n_samples])
    expanded = await expanded_by_vllm(model.engine, asked, model.tokens.audio_id)
    assert expanded == asked.prompt_ids


async def test_the_model_hears_the_clip(model: ServedModel) -> None:
    tone, noise = [await rated(model, clip) for clip in (TONE, NOISE)]
    assert max(abs(tone[text] - noise[text]) for text in CHOICES) > 1e-4


async def rated(model: ServedModel, clip: np.ndarray) -> dict[str, float]:
    *_, final = [event async for event in model.engine.generate(request(model, clip))]
    assert isinstance(final, Final)
    assert final.slot_probs is not None
    return final.slot_probs["choice"]


def request(model: ServedModel, clip: np.ndarray) -> GenerateRequest:
    parts = model.prompts.render("ask", question="Is it loud?")
    ids = model.tokens.encode_prompt(parts, model.audio_token_count(len(clip)))
    return GenerateRequest("r", tuple(ids), (clip,), constraint=Choice(CHOICES), want_probs=True)
