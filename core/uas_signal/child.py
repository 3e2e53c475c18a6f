"""Starts decoder children: of the parent they get one input, one output, and nothing else."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import uas_signal
from uas_signal.pool_protocol import PREFIX

_INHERITED = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG")
_SINGLE_THREADED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_PIPE_BUFFER_BYTES = 1 << 20


async def start_child(module: str, *arguments: str, stdin: int = PIPE) -> Process:
    """Run a module of this package in a fresh interpreter; its output is a pipe."""
    package_root = str(Path(uas_signal.__file__).parent.parent)
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        stdin=stdin,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=_PIPE_BUFFER_BYTES,
        env=environment | _SINGLE_THREADED | {"PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,  # a ctrl-C in the terminal is the parent's to handle
    )


async def read_frame(stream: asyncio.StreamReader, most_bytes: int | None = None) -> bytes:
    """The next frame of a child's output. Raises `EOFError` when there is none, or a larger one."""
    (size,) = PREFIX.unpack(await stream.readexactly(PREFIX.size))
    if most_bytes is not None and size > most_bytes:
        raise EOFError
    return await stream.readexactly(size)
