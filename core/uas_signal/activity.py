"""Where there is sound that may be voice: a band-energy detector over 10 ms frames.

It needs no weights. It hears anything that rises out of the background within the band of speech,
so it finds pauses well and cannot tell a voice from a bark; telling those apart is the model's
business.
"""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ

FRAME_SAMPLES = 160  # 10 ms
_WINDOW_SAMPLES = 400
_BAND_HZ = (100.0, 4000.0)
_SILENCE_DB = -60.0  # below this, relative to full scale, nothing counts as active
_ABOVE_FLOOR_DB = 9.0
_BELOW_PEAK_DB = 40.0
_BRIDGE_S = 0.3  # pauses shorter than this stay inside a span
_SHORTEST_S = 0.1
_MARGIN_S = 0.1


@dataclass(frozen=True)
class Span:
    """A stretch of a clip, in seconds from its start."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


def frame_levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level of the speech band in dB of full scale: ``[T]`` to ``[ceil(T / 160)] float32``."""
    padded = np.pad(samples, (0, _WINDOW_SAMPLES))
    count = -(-len(samples) // FRAME_SAMPLES)
    windows = sliding_window_view(padded, _WINDOW_SAMPLES)[::FRAME_SAMPLES][:count]
    bins_hz = np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    band = (bins_hz >= _BAND_HZ[0]) & (bins_hz <= _BAND_HZ[1])
    taper = np.hanning(_WINDOW_SAMPLES).astype(np.float32)
    levels = np.empty(count, np.float32)
    for start in range(0, count, 4096):  # block-wise: memory does not grow with the clip
        spectrum = scipy.fft.rfft(windows[start : start + 4096] * taper, axis=1)[:, band]
        power = (np.square(spectrum.real) + np.square(spectrum.imag)).sum(axis=1)
        scaled = power * np.float32(2.0 / (taper.sum() ** 2))
        levels[start : start + 4096] = 10 * np.log10(np.maximum(scaled, 1e-12))
    return levels


def voice_activity(samples: NDArray[np.float32]) -> list[Span]:
    """Spans of likely voice, in order, apart from one another.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
    """
    levels = frame_levels(samples)
    if not len(levels):
        return []
    floor_db = float(np.percentile(levels, 10))
    threshold_db = max(
        min(floor_db + _ABOVE_FLOOR_DB, float(levels.max()) - _ABOVE_FLOOR_DB),
        float(np.percentile(levels, 99)) - _BELOW_PEAK_DB,
        _SILENCE_DB,
    )
    spans = _spans(levels > threshold_db, len(samples) / SAMPLE_RATE_HZ)
    return [span for span in spans if span.duration_s >= _SHORTEST_S + 2 * _MARGIN_S]


def _spans(active: NDArray[np.bool_], duration_s: float) -> list[Span]:
    """Runs of active frames, widened by the margin, joined across short pauses."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], active.astype(np.int8), [0]))))
    spans: list[Span] = []
    for first, last in edges.reshape(-1, 2) * (FRAME_SAMPLES / SAMPLE_RATE_HZ):
        start_s = max(0.0, float(first) - _MARGIN_S)
        end_s = min(duration_s, float(last) + _MARGIN_S)
        if spans and start_s - spans[-1].end_s < _BRIDGE_S:
            start_s = spans.pop().start_s
        spans.append(Span(start_s, end_s))
    return spans
