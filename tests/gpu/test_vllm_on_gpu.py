"""The vLLM engine on GPUs, on the shipped model. Run by `make test-gpu`; skipped without CUDA.

The same environment also passes `pytest -m vllm tests/server`, which is not marked gpu.
"""

import asyncio

import numpy as np
import pytest
import torch
from vllm_subject import SETTINGS, vllm_engine

from uas_model.audio_tokens import audio_token_count
from uas_model.cache import models_dir
from uas_model.checkpoint import Checkpoint
from uas_schema.grammar import close
from uas_schema.prompts import load_prompts
from uas_schema.skeleton import voice_skeleton
from uas_server.engine.protocol import Final, GenerateRequest

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]

CLIP = (0.1 * np.sin(np.arange(16_000) * 0.2)).astype(np.float32)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dtype": "float16"},
        {"quantization": "fp8"},
        {"tensor_parallel": 3},  # the shipped model has nine heads
        {"pipeline_parallel": 2},
        {"data_parallel": 2},
    ],
    ids=str,
)
async def test_many_documents_at_once_are_valid(changes: dict[str, object]) -> None:
    settings = SETTINGS.replace(max_num_seqs=64, **changes)
    gpus = settings.tensor_parallel * settings.pipeline_parallel * settings.data_parallel
    if gpus > torch.cuda.device_count():
        pytest.skip(f"there are {torch.cuda.device_count()} GPUs")
    folder = models_dir() / "uas-audio-tiny"
    tokens = Checkpoint.open(folder).tokenizer
    prompt = load_prompts("smollm2-chatml").render("uas")
    ids = tuple(tokens.encode_prompt(prompt, audio_token_count(len(CLIP))))
    engine = vllm_engine(folder, settings)

    async def one(number: int) -> None:
        request = GenerateRequest(
            str(number), ids, (CLIP,), constraint=voice_skeleton(), max_tokens=1 + number * 3
        )
        *_, final = [event async for event in engine.generate(request)]
        assert isinstance(final, Final)
        close(final.text.encode() + final.tail)

    await engine.start()
    try:
        await asyncio.gather(*map(one, range(64)))
    finally:
        await engine.close()
