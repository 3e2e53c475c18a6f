"""Log-mel features, those of transformers' ``WhisperFeatureExtractor`` to float32 rounding.

That extractor pads every clip to 30 s with zeros. Here only the frames are computed that a Whisper
encoder with masked padding can see: those of the clip, and a few of the silence behind it which
its two convolutions reach into. It knows nothing of models, only of their front end.
"""

from functools import cache

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ

WINDOW_SAMPLES = 400  # 25 ms
HOP_SAMPLES = 160  # 10 ms
CHUNK_SAMPLES = 30 * SAMPLE_RATE_HZ
CHUNK_FRAMES = CHUNK_SAMPLES // HOP_SAMPLES
_HALF = WINDOW_SAMPLES // 2
_FRAMES_TOUCHING_SILENCE = 2  # a window reaches 200 samples back: these still hear the clip's end


def frame_count(n_samples: int) -> int:
    """Frames of a clip, without right context: one per started hop of 160 samples."""
    return -(-n_samples // HOP_SAMPLES)


def log_mel(
    samples: NDArray[np.float32], *, n_mels: int = 80, right_context_frames: int = 4
) -> NDArray[np.float32]:
    """Whisper's log-mel spectrogram of a clip of at most 30 s.

    Args:
        samples: ``[T] float32``, mono, 16 kHz, T from 1 to 480,000.
        n_mels: mel bands; 80, or 128 for whisper-large-v3.
        right_context_frames: frames of the silence behind the clip that are returned too. The
            front end (two convolutions of width 3, the second of stride 2) looks 2 frames ahead.

    Returns:
        ``[n_mels, min(ceil(T / 160) + right_context_frames, 3000)] float32``, equal to the first
        columns of the features padded to 30 s.

    Raises:
        ValueError: the clip is empty or longer than 30 s.
    """
    if not 0 < len(samples) <= CHUNK_SAMPLES:
        raise ValueError(
            f"log_mel takes 1 to {CHUNK_SAMPLES} samples (30 s), not {len(samples)}: "
            "cut the clip with uas_signal.segments.cut first."
        )
    clip = frame_count(len(samples))
    wanted = min(clip + right_context_frames, CHUNK_FRAMES)
    heard = min(clip + max(right_context_frames, _FRAMES_TOUCHING_SILENCE), CHUNK_FRAMES)
    windows = sliding_window_view(_padded(samples, heard), WINDOW_SAMPLES)[::HOP_SAMPLES]
    spectrum = scipy.fft.rfft(windows * _hann(), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    log_power = np.log10(np.maximum(_filterbank(n_mels) @ power.T, np.float32(1e-10)))
    log_power = np.maximum(log_power, log_power.max() - np.float32(8.0))
    scaled: NDArray[np.float32] = (log_power[:, :wanted] + np.float32(4.0)) / np.float32(4.0)
    return scaled


def _padded(samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """``[(frames - 1) * 160 + 400]``: the stretch of the 30 s chunk, mirrored at its ends, that
    the first ``frames`` windows cover.
    """
    padded = np.zeros((frames - 1) * HOP_SAMPLES + WINDOW_SAMPLES, np.float32)
    body = padded[_HALF:]
    body[: len(samples)] = samples[: len(body)]
    padded[:_HALF] = body[_HALF:0:-1]
    beyond = len(body) - CHUNK_SAMPLES  # only the very last frame of a full chunk gets there
    if beyond > 0:
        body[CHUNK_SAMPLES:] = body[CHUNK_SAMPLES - 2 : CHUNK_SAMPLES - 2 - beyond : -1]
    return padded


@cache
def _hann() -> NDArray[np.float32]:
    """Periodic Hann window, ``[400] float32``."""
    phase = 2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


@cache
def _filterbank(n_mels: int) -> NDArray[np.float32]:
    """Triangular filters, equal in area (Slaney 1998), 0 to 8 kHz: ``[n_mels, 201] float32``."""
    edges_hz = _mel_to_hz(np.linspace(0.0, _hz_to_mel(SAMPLE_RATE_HZ / 2), n_mels + 2))
    bins_hz = np.linspace(0.0, SAMPLE_RATE_HZ / 2, WINDOW_SAMPLES // 2 + 1)
    left, centre, right = (edges_hz[i : i + n_mels, None] for i in range(3))
    rising = (bins_hz - left) / (centre - left)
    falling = (right - bins_hz) / (right - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * 2.0 / (right - left)).astype(np.float32)


# Slaney's mel scale: linear to 1 kHz (15 mel), then 27 mel per factor 6.4.
_BREAK_HZ, _BREAK_MEL = 1000.0, 15.0
_MEL_PER_LOG_HZ = 27.0 / np.log(6.4)


def _hz_to_mel(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz * _BREAK_MEL / _BREAK_HZ
    return float(_BREAK_MEL + np.log(hz / _BREAK_HZ) * _MEL_PER_LOG_HZ)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = mel * _BREAK_HZ / _BREAK_MEL
    logarithmic = _BREAK_HZ * np.exp((mel - _BREAK_MEL) / _MEL_PER_LOG_HZ)
    return np.where(mel < _BREAK_MEL, linear, logarithmic)
