"""vLLM's own server on a checkpoint folder, and a connection to it that can be cut."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
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


def remote_over_vllm(folder: Path, url: str) -> tuple[RemoteEngine, "Cuttable"]:
    """An engine, not yet started, over that server, and the connection to it."""
    patient = dict.fromkeys(("begin_s", "idle_s", "wait_s", "look_s", "rest_s"), START_S)
    settings = RemoteSettings.model_validate(
        {"backends": url, "model": NAME, "failures": 1, "most_rest_s": START_S, **patient}
    )
    connection = Cuttable()
    tokens = Checkpoint.open(folder, verify=False).tokenizer
    family = load_prompts("smollm2-chatml")
    engine = RemoteEngine(tokens, family, settings, name=NAME, transport=connection)
    return engine, connection


class Cuttable(httpx.AsyncBaseTransport):
    """httpx's transport that `cut` breaks, with all that runs; a look at the server mends it."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self._broken = asyncio.Event()

    def cut(self) -> None:
        self._broken.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._broken.is_set() and request.url.path.endswith("/models"):
            self._inner = httpx.AsyncHTTPTransport()
            self._broken = asyncio.Event()
        if self._broken.is_set():
            raise httpx.ConnectError("the connection was cut")
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Stream(response.stream, self._broken)
        return response


class _Stream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, broken: asyncio.Event) -> None:
        self._inner = inner
        self._broken = broken

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            if self._broken.is_set():
                raise httpx.ReadError("the connection was cut")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


def _command(folder: Path, port: int) -> list[str]:
    vllm = Path(sys.executable).with_name("vllm")
    options = {
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
    return [str(vllm), "serve", str(folder), "--enforce-eager", *listed]


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
