"""The vLLM engine as the tests run it: small, on a checkpoint folder."""

import importlib.util
import multiprocessing
from pathlib import Path

import pytest

from uas_model.checkpoint import Checkpoint
from uas_server.engine.protocol import Engine, GenerateRequest
from uas_server.engine.vllm_process import prepare_vllm
from uas_server.engine.vllm_prompt import Prompt
from uas_server.opening import clip_tokens_of
from uas_server.vllm_settings import VllmSettings

SETTINGS = VllmSettings(
    max_num_seqs=8, media_cache_gib=0.25, gpu_memory_utilization=0.3, start_s=3600
)


def vllm_installed() -> bool:
    """Whether this environment has vLLM."""
    return importlib.util.find_spec("vllm") is not None


def vllm_engine(folder: Path, settings: VllmSettings = SETTINGS) -> Engine:
    """An engine that was not started; skips the test where vLLM is not installed."""
    if not vllm_installed():
        pytest.skip("vLLM is not installed here; run: make test-vllm")
    prepare_vllm(settings)
    from uas_server.engine.vllm_async import VllmEngine

    checkpoint = Checkpoint.open(folder, verify=False)
    sounds = clip_tokens_of(checkpoint)
    return VllmEngine(folder, checkpoint.tokenizer, settings, clip_tokens=sounds)


def kill_vllm() -> None:
    """Kill the process that vLLM runs the model in."""
    (core,) = (child for child in multiprocessing.active_children() if "EngineCore" in child.name)
    core.kill()


async def expanded_by_vllm(
    engine: Engine, request: GenerateRequest, audio_id: int
) -> tuple[int, ...]:
    """A request's prompt with as many placeholders as vLLM itself gives its clips.

    Looks inside the engine: what it answers with does not say how long a prompt was for vLLM.
    """
    llm = engine._llm  # type: ignore[attr-defined]
    prompt = Prompt.of(request, audio_id, engine._count)  # type: ignore[attr-defined]
    (rendered,) = await llm.renderer.render_cmpl_async([prompt.after([])])
    return tuple(rendered["prompt_token_ids"])
