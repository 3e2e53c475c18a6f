"""vLLM's own server on a checkpoint folder, and the remote engine over it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from vllm_subject import SETTINGS, vllm_installed

from uas_model.checkpoint import Checkpoint
from uas_schema.prompts import load_prompts
from uas_server.engine.remote.engine import RemoteEngine
from uas_server.engine.vllm_process import prepare_vllm
from uas_server.remote_settings import RemoteSettings

NAME = "uas-audio-tiny"
START_S = 3600.0
_LOOK_S = 0.5


@contextmanager
def vllm_server(folder: Path) -> Iterator[str]:
    """Base URL of a running server; skips the test where vLLM is not installed."""
    if not vllm_installed():
        pytest.skip("vLLM is not installed here; run: make test-vllm")
    prepare_vllm(SETTINGS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = _command(folder, port)
    with subprocess.Popen(command, env=dict(os.environ)) as process:  # noqa: S603 - our own words
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}/health")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def remote_over_vllm(folder: Path, url: str) -> RemoteEngine:
    """An engine, not yet started, over that server."""
    patient = dict.fromkeys(("begin_s", "idle_s", "wait_s", "look_s", "rest_s"), START_S)
    settings = RemoteSettings.model_validate(
        {"backends": url, "model": NAME, "failures": 1, "most_rest_s": START_S, **patient}
    )
    tokens = Checkpoint.open(folder, verify=False).tokenizer
    family = load_prompts("smollm2-chatml")
    return RemoteEngine(tokens, family, settings, name=NAME)


def _command(folder: Path, port: int) -> list[str]:
    # The command `vllm` of the package for CPUs looks for another package's version and ends.
    program = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--enforce-eager"]
    options = {
        "--model": str(folder),
        "--served-model-name": NAME,
        "--host": "127.0.0.1",
        "--port": str(port),
        "--max-model-len": str(SETTINGS.max_model_len),
        "--max-num-seqs": str(SETTINGS.max_num_seqs),
        "--gpu-memory-utilization": str(SETTINGS.gpu_memory_utilization),
        "--block-size": "32",
        "--limit-mm-per-prompt": '{"audio": 1}',
        "--structured-outputs-config": '{"backend": "outlines"}',
    }
    listed = [part for option in options.items() for part in option]
    return [*program, *listed]


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    last_look = time.monotonic() + START_S
    while time.monotonic() < last_look:
        if process.poll() is not None:
            pytest.fail(f"vLLM's server ended with {process.returncode}")
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(_LOOK_S)
    pytest.fail("vLLM's server was not ready in time")
