"""Audio files of corpora as mono float32 at 16 kHz.

Corpus files are trusted (verified packages): whoever takes files from strangers uses
``uas_signal.decode`` with its limits instead.
"""

from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from uas_pipeline.errors import CorpusError
from uas_signal import SAMPLE_RATE_HZ

RAW_FORMATS = {".g722": "g722"}  # files without a header


def read_audio(path: Path) -> NDArray[np.float32]:
    """Samples of a file in any format that FFmpeg reads: ``[T] float32``, mono, 16 kHz.

    Raises ``CorpusError`` when the file cannot be decoded.
    """
    try:
        with av.open(str(path), format=RAW_FORMATS.get(path.suffix)) as container:
            rate_hz = container.streams.audio[0].rate
            blocks = [_mono(frame) for frame in container.decode(audio=0)]
    except (av.FFmpegError, IndexError) as error:
        raise CorpusError(f"{path.name} cannot be decoded as audio: {error}") from error
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    return np.asarray(soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ), np.float32)


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """One decoded frame, channels averaged: ``[T] float32`` in [-1, 1]."""
    data = frame.to_ndarray()
    channels = data if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels).T
    mono = channels.astype(np.float32).mean(axis=0)
    if channels.dtype.kind == "u":
        return np.asarray(mono / 128 - 1, np.float32)  # 8 bit, the only unsigned format
    full_scale = 2 ** (8 * channels.dtype.itemsize - 1) if channels.dtype.kind == "i" else 1
    return np.asarray(mono / full_scale, np.float32)
