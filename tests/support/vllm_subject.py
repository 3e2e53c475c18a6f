"""The vLLM engine as the tests run it: small, on a checkpoint folder."""

import importlib.util
import multiprocessing
from pathlib import Path

import pytest

from uas_model.checkpoint import Checkpoint
from uas_server.engine.protocol import Engine
from uas_server.engine.vllm_process import prepare_vllm
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

    tokens = Checkpoint.open(folder, verify=False).tokenizer
    return VllmEngine(folder, tokens, settings)


def kill_vllm() -> None:
    """Kill the process that vLLM runs the model in."""
    (core,) = (child for child in multiprocessing.active_children() if "EngineCore" in child.name)
    core.kill()
