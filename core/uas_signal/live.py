"""Decodes one live stream message by message, in a limited child of its own.

The child is started with the first message and has an answer to each before the next is sent, so
what one was is known when it has been read. For files use ``uas_signal.pool`` or ``.stream``.
"""

import asyncio
import contextlib
from asyncio.subprocess import Process
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.child import read_frame, start_child
from uas_signal.errors import DecoderFailed
from uas_signal.limits import DecodeLimits
from uas_signal.live_protocol import COUNT, LIVE_LIMITS, Encoding, LiveRequest
from uas_signal.pool_protocol import frame, load_outcome

_MODULE = "uas_signal.live_worker"
_FLOAT32_BYTES = 4


@dataclass(frozen=True)
class Heard:
    """What one message was.

    Attributes:
        source_samples: how many samples it counts for, at the rate of the source.
        samples: what is ready, ``[T] float32``, mono, 16 kHz; often a little less or more.
    """

    source_samples: int
    samples: NDArray[np.float32]


class LiveDecoder:
    """One stream on its way through its child. One call at a time, but `close` at any."""

    def __init__(self, encoding: Encoding, limits: DecodeLimits = LIVE_LIMITS) -> None:
        """Start nothing yet."""
        self._request = LiveRequest(encoding, limits)
        self._child: Process | None = None
        self._is_closed = False

    async def read(self, message: bytes) -> Heard:
        """Decode the next message.

        Raises:
            SignalError: what is wrong with it; ``DecoderFailed`` when the child died over it.
        """
        if self._child is None:
            await self._start()
        if self._child is None or self._child.stdin is None:
            raise _failed()
        try:
            self._child.stdin.write(frame(message))
            await self._child.stdin.drain()
        except OSError:
            raise _failed() from None
        return await self._answer(self._child)

    async def finish(self) -> Heard:
        """The rest, once there are no more messages. Raises as `read` does."""
        if self._child is None or self._child.stdin is None:
            return Heard(0, np.zeros(0, np.float32))
        self._child.stdin.close()
        return await self._answer(self._child)

    async def close(self) -> None:
        """End the child; what is being read fails."""
        self._is_closed = True
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            # Reads what is left, because only at its end is the pipe closed.
            await asyncio.shield(child.communicate())

    async def _start(self) -> None:
        self._child = await start_child(_MODULE, self._request.dump())
        if self._is_closed:
            await self.close()

    async def _answer(self, child: Process) -> Heard:
        limits = self._request.limits
        most_bytes = int((limits.max_seconds + 1) * SAMPLE_RATE_HZ) * _FLOAT32_BYTES
        if child.stdout is None:
            raise _failed()
        try:
            async with asyncio.timeout(limits.wall_s):
                answer = await read_frame(child.stdout, most_bytes)
                if not answer:
                    load_outcome(await read_frame(child.stdout, most_bytes))
        except (OSError, EOFError):  # TimeoutError is an OSError
            raise _failed() from None
        (count,) = COUNT.unpack_from(answer)
        return Heard(count, np.frombuffer(answer, np.float32, offset=COUNT.size))


def _failed() -> DecoderFailed:
    return DecoderFailed("The decoder ran over its memory or time on this stream. Start a new one.")
