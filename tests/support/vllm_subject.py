"""The vLLM engine as the tests run it: small, on one CPU core, on a checkpoint folder."""

import multiprocessing
import os
from pathlib import Path

import pytest

from uas_model.checkpoint import Checkpoint
from uas_server.engine.protocol import Engine
from uas_server.engine.vllm_process import VllmMissing, prepare_vllm
from uas_server.vllm_settings import VllmSettings

SETTINGS = VllmSettings(
    max_num_seqs=8, media_cache_gib=0.25, cpu_threads=os.environ.get("VLLM_TEST_CORES", "auto")
)


def vllm_engine(folder: Path) -> Engine:
    """An engine that was not started; skips the test where vLLM is not installed."""
    try:
        prepare_vllm(SETTINGS)
    except VllmMissing:
        pytest.skip("vLLM is not installed here; run: make test-vllm")
    from uas_server.engine.vllm_async import VllmEngine

    return VllmEngine(folder, Checkpoint.open(folder, verify=False).tokenizer, SETTINGS)


def kill_vllm() -> None:
    """Kill the process that vLLM runs the model in."""
    (core,) = (child for child in multiprocessing.active_children() if "EngineCore" in child.name)
    core.kill()
