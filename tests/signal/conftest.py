"""Files for the tests, encoded on the spot: nothing binary is committed."""

import io
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile

SOUNDFILE = {
    "wav": {"format": "WAV", "subtype": "PCM_16"},
    "wav_float": {"format": "WAV", "subtype": "FLOAT"},
    "flac": {"format": "FLAC", "subtype": "PCM_16"},
    "mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III"},
    "ogg_vorbis": {"format": "OGG", "subtype": "VORBIS"},
}
PYAV = {
    "ogg_opus": ("ogg", "libopus"),
    "webm_opus": ("webm", "libopus"),
    "m4a_aac": ("ipod", "aac"),
    "m4a_alac": ("ipod", "alac"),
}
KINDS = (*SOUNDFILE, *PYAV)

BLOCK = 1 << 16  # libsndfile's Vorbis encoder overflows the stack on an hour at once

Encode = Callable[..., bytes]


@pytest.fixture(scope="session")
def encode() -> Encode:
    """``encode(samples [T] or [T, C], rate_hz, kind)``: the bytes of a file; kinds as in KINDS."""

    def write(samples: np.ndarray, rate_hz: int, kind: str) -> bytes:
        if kind in PYAV:
            return encode_with_pyav(samples, rate_hz, *PYAV[kind])
        file = io.BytesIO()
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        with soundfile.SoundFile(file, "w", rate_hz, channels, **SOUNDFILE[kind]) as output:
            for start in range(0, len(samples), BLOCK):
                output.write(samples[start : start + BLOCK])
        return file.getvalue()

    return write


def encode_with_pyav(samples: np.ndarray, rate_hz: int, container: str, codec: str) -> bytes:
    planes = np.ascontiguousarray(np.atleast_2d(samples.T), dtype=np.float32)
    layout = {1: "mono", 2: "stereo"}[len(planes)]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout=layout)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        frame.time_base, frame.pts = Fraction(1, rate_hz), 0
        convert = av.AudioResampler(stream.codec_context.format, layout, rate_hz)
        for piece in (*convert.resample(frame), None):
            output.mux(stream.encode(piece))
    return file.getvalue()


@pytest.fixture(scope="session")
def clips(encode: Encode) -> dict[str, bytes]:
    """One 1.5 s clip of two tones at 48 kHz, in every kind of file."""
    samples = tones(1.5, 48_000)
    return {kind: encode(samples, 48_000, kind) for kind in KINDS}


def tones(duration_s: float, rate_hz: int) -> np.ndarray:
    """440 Hz and 1 kHz with a slow swell, peak 0.6: ``[T] float32``."""
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 1.3 * time_s)
    signal = np.sin(2 * np.pi * 440 * time_s) + 0.5 * np.sin(2 * np.pi * 1000 * time_s)
    return (0.4 * swell * signal).astype(np.float32)
