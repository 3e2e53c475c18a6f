"""Messages of audio as they come to mono float samples at 16 kHz, by how they are coded.

PCM is read here. Opus is a stranger's bytes to a codec, so a confined child decodes it.
"""

import asyncio
from bisect import bisect_right
from collections import deque
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uas_server.errors import ApiError
from uas_server.live.messages import Start
from uas_signal.errors import SignalError
from uas_signal.live import Heard, LiveDecoder
from uas_signal.live_protocol import CONTAINERS, Encoding
from uas_signal.resample import Resampler

SAMPLE_BYTES = 2
MOST_BYTES_PER_S = 96_000
"""Of audio on the wire: PCM at 48 kHz, more than any Opus. What has more counts as longer."""

_FULL_SCALE = 32_768.0


class AudioReader(Protocol):
    """Reads the messages of one session.

    Attributes:
        goes_on_anywhere: another server can go on from a place in the middle.
    """

    goes_on_anywhere: bool

    async def read(self, message: bytes) -> Heard:
        """Take a message. Raises `ApiError` invalid_audio."""
        ...

    async def finish(self) -> Heard:
        """The rest, once there is no more audio. Raises `ApiError` invalid_audio."""
        ...

    def start_before(self, sample: int) -> int:
        """Where the message that holds a sample of the client's begins, at or before it."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


def reader_of(start: Start, first: int) -> AudioReader:
    """What reads the audio of a session that begins at the client's sample `first`."""
    if start.encoding == "pcm16":
        return PcmReader(start.rate_hz)
    return OpusReader(start.encoding, first)


class PcmReader:
    """Reads little-endian, signed, mono messages at one rate."""

    goes_on_anywhere = True

    def __init__(self, sample_rate_hz: int) -> None:
        self._resampler = Resampler(sample_rate_hz)

    async def read(self, message: bytes) -> Heard:
        """As `AudioReader` says; half a sample is refused."""
        if len(message) % SAMPLE_BYTES:
            text = "A binary message holds half a sample. Send whole 16-bit samples."
            raise ApiError("invalid_audio", text)
        samples = await asyncio.to_thread(self._resampled, message)
        return Heard(len(message) // SAMPLE_BYTES, samples)

    async def finish(self) -> Heard:
        """As `AudioReader` says."""
        return Heard(0, self._resampler.flush())

    def start_before(self, sample: int) -> int:
        """The sample itself."""
        return sample

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _resampled(self, message: bytes) -> NDArray[np.float32]:
        samples = np.frombuffer(message, "<i2").astype(np.float32) / _FULL_SCALE
        return self._resampler.push(samples)


class OpusReader:
    """Reads Opus: single packets, of which it knows where each began, or the bytes of a file."""

    def __init__(self, encoding: Encoding, first: int) -> None:
        self.goes_on_anywhere = encoding not in CONTAINERS
        self._decoder = LiveDecoder(encoding)
        self._end = first
        self._starts: deque[int] = deque([first])

    async def read(self, message: bytes) -> Heard:
        """As `AudioReader` says."""
        try:
            heard = await self._decoder.read(message)
        except SignalError as error:
            raise ApiError("invalid_audio", str(error)) from None
        self._end += heard.source_samples
        self._starts.append(self._end)
        return heard

    async def finish(self) -> Heard:
        """As `AudioReader` says; the child is gone afterwards."""
        try:
            return await self._decoder.finish()
        except SignalError as error:
            raise ApiError("invalid_audio", str(error)) from None
        finally:
            await self._decoder.close()

    def start_before(self, sample: int) -> int:
        """As `AudioReader` says; what is before is forgotten, so samples only grow."""
        for _ in range(bisect_right(self._starts, sample) - 1):
            self._starts.popleft()
        return self._starts[0]

    async def close(self) -> None:
        """End the child."""
        await self._decoder.close()
