"""PCM16 messages as they come to mono float samples at 16 kHz."""

import numpy as np
from numpy.typing import NDArray

from uas_server.errors import ApiError
from uas_signal.resample import Resampler

SAMPLE_BYTES = 2
_FULL_SCALE = 32_768.0


class PcmReader:
    """Reads little-endian, signed, mono messages at one rate."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._resampler = Resampler(sample_rate_hz)

    def read(self, message: bytes) -> NDArray[np.float32]:
        """What is ready at 16 kHz, ``[T] float32`` in [-1, 1]; often a little less than was sent.

        Raises `ApiError` invalid_audio.
        """
        if len(message) % SAMPLE_BYTES:
            text = "A binary message holds half a sample. Send whole 16-bit samples."
            raise ApiError("invalid_audio", text)
        samples = np.frombuffer(message, "<i2").astype(np.float32) / _FULL_SCALE
        return self._resampler.push(samples)

    def finish(self) -> NDArray[np.float32]:
        """The rest, once there is no more audio: ``[T] float32``."""
        return self._resampler.flush()
