"""Any rate to 16 kHz, block by block, with soxr (HQ: linear phase, 20 bit)."""

import numpy as np
import soxr
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ

_NOTHING = np.zeros(0, np.float32)


class Resampler:
    """Stream of mono blocks at one rate in, the same signal at 16 kHz out.

    The blocks that come out are together as long as the input, to one sample; how they are cut is
    soxr's business. A source at 16 kHz passes through untouched.
    """

    def __init__(self, source_rate_hz: int) -> None:
        self.source_rate_hz = source_rate_hz
        self._stream = (
            None
            if source_rate_hz == SAMPLE_RATE_HZ
            else soxr.ResampleStream(source_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        )

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Feed ``[T] float32``; returns what is ready, ``[T'] float32``, often shorter."""
        if self._stream is None:
            return block
        return np.asarray(self._stream.resample_chunk(block), np.float32)

    def flush(self) -> NDArray[np.float32]:
        """End of the stream: the rest of the signal, ``[T'] float32``."""
        if self._stream is None:
            return _NOTHING
        return np.asarray(self._stream.resample_chunk(_NOTHING, last=True), np.float32)
