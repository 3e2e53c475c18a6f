"""Starts what is measured, each in processes of its own, and ends it: our server, vLLM's own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from load.asks import NAME
from load.loops import Target
from uas_server.vllm_settings import VllmSettings

HOST = "127.0.0.1"
_LOOK_S = 0.25
_GENTLE_S = 20.0
_OK = 200
_PATIENT = {"VLLM_REGEX_COMPILATION_TIMEOUT_S": "600"}
"""vLLM gives up on a pattern after 5 s of the clock, which a busy machine takes for more."""


class NotStarted(Exception):
    """A server ended, or was not ready in time."""


@contextmanager
def our_server(
    python: str, *, draft: bool = True, fake: bool = False, start_s: float = 900.0, **settings: Any
) -> Iterator[tuple[Target, int]]:
    """Our server in a process of `python`; where it listens, and its process id.

    Its state is its own and goes with it. Raises `NotStarted`.
    """
    with tempfile.TemporaryDirectory() as state:
        given = {"port": free_port(), "state_folder": state, "log_level": "warning", **settings}
        job = {"settings": given, "draft": draft, "fake": fake}
        command = [python, "-m", "load.served", json.dumps(job)]
        target = Target(HOST, given["port"])
        with running(command, target, "/health/ready", start_s) as pid:
            yield target, pid


@contextmanager
def vllm_server(
    python: str, checkpoint: Path, settings: VllmSettings, start_s: float = 900.0
) -> Iterator[tuple[Target, int]]:
    """vLLM's own server on the same checkpoint with the same limits. Raises `NotStarted`."""
    target = Target(HOST, free_port())
    options = {
        "--model": str(checkpoint),
        "--served-model-name": NAME,
        "--host": target.host,
        "--port": str(target.port),
        "--dtype": settings.dtype,
        "--max-model-len": str(settings.max_model_len),
        "--max-num-seqs": str(settings.max_num_seqs),
        "--gpu-memory-utilization": str(settings.gpu_memory_utilization),
        "--mm-processor-cache-gb": str(settings.media_cache_gib),
        "--limit-mm-per-prompt": '{"audio": 1, "image": 0, "video": 0}',
        "--structured-outputs-config": json.dumps({"backend": settings.structured_outputs}),
        "--block-size": "32",  # as our engine has it on a CPU
        "--uvicorn-log-level": "warning",
    }
    command = [python, "-m", "load.theirs", settings.model_dump_json()]
    command += ["--disable-log-stats", "--enable-prefix-caching"]
    command += [] if settings.compiled else ["--enforce-eager"]
    command += [word for option in options.items() for word in option]
    with running(command, target, "/health", start_s) as pid:
        yield target, pid


@contextmanager
def null_server(python: str, size: int) -> Iterator[tuple[Target, int]]:
    """The server that does nothing, with answers of `size` bytes. Raises `NotStarted`."""
    target = Target(HOST, free_port())
    command = [python, "-m", "load.null_server", str(target.port), str(size)]
    with running(command, target, "/", 60.0) as pid:
        yield target, pid


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], target: Target, path: str, start_s: float) -> Iterator[int]:
    """Run a command until `path` answers 200; its process id. It and its group are ended after.

    Raises `NotStarted`.
    """
    with subprocess.Popen(  # noqa: S603 - our own words
        command, start_new_session=True, env={**_PATIENT, **os.environ}
    ) as process:
        try:
            _wait(process, command, target, path, start_s)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GENTLE_S)
            with suppress(ProcessLookupError):  # and whatever it left behind
                os.killpg(process.pid, signal.SIGKILL)


def _wait(
    process: "subprocess.Popen[bytes]",
    command: list[str],
    target: Target,
    path: str,
    start_s: float,
) -> None:
    last_look = time.monotonic() + start_s
    while time.monotonic() < last_look:
        if process.poll() is not None:
            raise NotStarted(f"{' '.join(command[:3])} ended with {process.returncode}; see above")
        if is_ready(target, path):
            return
        time.sleep(_LOOK_S)
    raise NotStarted(f"nothing answers {path} with 200 after {start_s:g} s; give it more time")


def is_ready(target: Target, path: str) -> bool:
    """Whether a server answers there with 200."""
    connection = http.client.HTTPConnection(target.host, target.port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == _OK
    except OSError:
        return False
    finally:
        connection.close()
