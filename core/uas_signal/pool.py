"""Decodes bytes from strangers in child processes that can be limited, killed and replaced.

The children are started as ``python -m uas_signal.pool_worker``: nothing of the parent (torch, its
threads, its secrets) is in them. A child that crashes, runs over its memory or CPU, or is still at
it when time is up is killed, and the next request gets a fresh one; no request is tried twice.
"""

import asyncio
import contextlib
import time
from asyncio.subprocess import Process
from types import TracebackType

import numpy as np

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.child import read_frame, start_child
from uas_signal.decode import Waveform
from uas_signal.errors import DecodeDeadline, DecoderFailed
from uas_signal.limits import DecodeLimits
from uas_signal.pool_protocol import Request, load_outcome
from uas_signal.sniff import sniff

_FLOAT32_BYTES = 4


class DecoderPool:
    """A fixed number of decoder children behind one coroutine.

    >>> async with DecoderPool(size=2) as pool:  # doctest: +SKIP
    ...     waveform = await pool.decode(data)
    """

    def __init__(self, size: int = 2, limits: DecodeLimits | None = None) -> None:
        """Start nothing yet.

        Args:
            size: children, and so decodes at the same time; others wait for a free one.
            limits: bounds of a decode that names none of its own.
        """
        if size < 1:
            raise ValueError(f"A pool of {size} children decodes nothing. Use 1 or more.")
        self.limits = limits or DecodeLimits()
        self._size = size
        self._running = False
        self._free: asyncio.LifoQueue[Process | None] = asyncio.LifoQueue()
        self._children: set[Process] = set()

    async def start(self) -> None:
        """Start the children and see each of them answer.

        Raises:
            RuntimeError: a child does not run in this environment.
        """
        try:
            await asyncio.gather(*(self._start_one() for _ in range(self._size)))
        except BaseException:
            await self.close()
            raise
        self._running = True

    async def close(self) -> None:
        """Kill the children and wait for them. A decode in flight fails."""
        self._running = False
        children = list(self._children)
        for child in children:
            self._kill(child)
        await asyncio.gather(*(child.wait() for child in children))

    async def __aenter__(self) -> "DecoderPool":
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def decode(
        self, data: bytes, *, deadline: float | None = None, limits: DecodeLimits | None = None
    ) -> Waveform:
        """Decode one file in a child.

        Args:
            data: the file, below 4 GiB.
            deadline: latest moment for the answer, on the clock of ``time.monotonic``; waiting for
                a free child counts. Without one only ``limits.wall_s`` bounds the file.
            limits: bounds of this file, instead of the pool's.

        Raises:
            SignalError: what is wrong with the file; ``DecoderFailed`` when its child died over
                it, ``DecodeDeadline`` when time was up.
            RuntimeError: the pool is not running.
        """
        self._check_running()
        sniff(data)  # most of what is not audio is refused here, without a child
        remaining_s = None if deadline is None else deadline - time.monotonic()
        try:
            async with asyncio.timeout(remaining_s):
                child = await self._free.get()
                outcome, samples = await self._ask(child, data, limits or self.limits)
        except TimeoutError:
            raise DecodeDeadline(
                "The deadline passed while the audio was being decoded. Send less, or try later."
            ) from None
        return Waveform(np.frombuffer(samples, np.float32), load_outcome(outcome))

    async def _ask(
        self, child: Process | None, data: bytes, limits: DecodeLimits
    ) -> tuple[bytes, bytearray]:
        """Outcome and samples from one child, which then is free again, or dead."""
        answer = None
        try:
            self._check_running()  # it may have been closed while this request waited
            if child and child.returncode is not None:  # it died while idle
                self._kill(child)
                child = None
            child = child or await self._spawn()
            async with asyncio.timeout(limits.wall_s):
                answer = await _exchange(child, data, limits)
        except (OSError, EOFError):  # TimeoutError is an OSError
            raise DecoderFailed(
                "The decoder ran over its memory or time on this file. Re-encode it."
            ) from None
        finally:
            if child and answer is None:
                self._kill(child)
            self._free.put_nowait(child if answer else None)
        return answer

    def _check_running(self) -> None:
        if not self._running:
            raise RuntimeError("The decoder pool is not running. Call start() first.")

    async def _start_one(self) -> None:
        """Start a child and see it answer."""
        child = await self._spawn()
        try:
            async with asyncio.timeout(self.limits.wall_s):
                await _exchange(child, b"", self.limits)
        except (OSError, EOFError) as error:
            raise RuntimeError(
                "A decoder child does not start. `python -m uas_signal.pool_worker` shows why."
            ) from error
        self._free.put_nowait(child)

    async def _spawn(self) -> Process:
        child = await start_child("uas_signal.pool_worker")
        self._children.add(child)
        return child

    def _kill(self, child: Process) -> None:
        self._children.discard(child)
        with contextlib.suppress(ProcessLookupError):
            child.kill()


async def _exchange(child: Process, data: bytes, limits: DecodeLimits) -> tuple[bytes, bytearray]:
    """Send a request, collect its answer.

    Raises:
        OSError, EOFError: the child is gone, or says more than the limits allow.
    """
    if child.stdin is None or child.stdout is None:
        raise EOFError
    child.stdin.write(Request(len(data), limits).dump())
    child.stdin.write(data)
    await child.stdin.drain()
    samples = bytearray()
    most_bytes = (limits.max_seconds + 1) * SAMPLE_RATE_HZ * _FLOAT32_BYTES
    while block := await read_frame(child.stdout):
        samples += block
        if len(samples) > most_bytes:
            raise EOFError
    return await read_frame(child.stdout), samples
