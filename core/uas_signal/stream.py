"""Decodes one long stored file block by block, in a limited child of its own.

The child holds one block and a pipe's worth; it waits while nobody reads. So hours take no more
memory than a minute, on both sides. For clips that fit into a request use ``uas_signal.pool``.
"""

import asyncio
import contextlib
import os
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.child import read_frame, start_child
from uas_signal.errors import DecoderFailed
from uas_signal.limits import DecodeLimits
from uas_signal.pool_protocol import load_outcome
from uas_signal.stream_protocol import Head, StreamRequest, load_head

_MODULE = "uas_signal.stream_worker"


class AudioStream:
    """An open file whose child has walked its packets.

    Attributes:
        head: container, rate, channels and length.
    """

    def __init__(self, child: Process, head: Head, limits: DecodeLimits) -> None:
        self.head = head
        self._child = child
        self._limits = limits

    async def blocks(self) -> AsyncGenerator[NDArray[np.float32], None]:
        """The clip as blocks of ``[T] float32``, mono, 16 kHz, of about a second.

        Raises:
            SignalError: what is wrong with the file, as soon as it is met.
        """
        left = int((self._limits.max_seconds + 1) * SAMPLE_RATE_HZ)
        while block := await _next_frame(self._child, self._limits):
            samples = np.frombuffer(block, np.float32)
            left -= len(samples)
            if left < 0:
                raise _failed()
            yield samples
        load_outcome(await _next_frame(self._child, self._limits))


@asynccontextmanager
async def open_stream(
    path: Path, limits: DecodeLimits, *, skip_samples: int = 0
) -> AsyncIterator[AudioStream]:
    """Decode a file while inside; the child is gone afterwards.

    Args:
        path: the file; only it is opened, by this process.
        limits: its bounds; ``cpu_s`` is for each minute of audio, ``wall_s`` for each block.
        skip_samples: samples at 16 kHz that are decoded and dropped.

    Raises:
        OSError: the file cannot be opened.
        SignalError: what is wrong with it, as far as walking the packets tells.
    """
    request = StreamRequest(limits, skip_samples)
    async with _child_for(path, request) as child:
        yield AudioStream(child, await _read_head(child, limits), limits)


async def probe(path: Path, limits: DecodeLimits) -> Head:
    """What a file is and how long, decoding nothing. Raises as ``open_stream`` does."""
    async with _child_for(path, StreamRequest(limits, skip_samples=None)) as child:
        return await _read_head(child, limits)


@asynccontextmanager
async def _child_for(path: Path, request: StreamRequest) -> AsyncIterator[Process]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        child = await start_child(_MODULE, request.dump(), stdin=descriptor)
    finally:
        os.close(descriptor)
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        # Reads what is left, because only at its end is the pipe closed; also when cancelled again.
        await asyncio.shield(child.communicate())


async def _read_head(child: Process, limits: DecodeLimits) -> Head:
    first = await _next_frame(child, limits)
    if not first:
        load_outcome(await _next_frame(child, limits))
        raise _failed()
    return load_head(first)


async def _next_frame(child: Process, limits: DecodeLimits) -> bytes:
    """Raises ``DecoderFailed`` when the child is gone or says nothing for too long."""
    if child.stdout is None:
        raise _failed()
    try:
        async with asyncio.timeout(limits.wall_s):
            return await read_frame(child.stdout)
    except (OSError, EOFError):  # TimeoutError is an OSError
        raise _failed() from None


def _failed() -> DecoderFailed:
    return DecoderFailed("The decoder ran over its memory or time on this file. Re-encode it.")
