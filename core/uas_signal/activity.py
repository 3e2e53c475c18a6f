"""Where in a clip somebody speaks, and how loud it is.

Speech is what the voice network hears (``voice_network``); ``docs/adr/0006`` has the figures. Level
is for cutting in quiet places and says nothing about voice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.voice_network import STEP_SAMPLES, speech_probabilities

FRAME_SAMPLES = 160  # 10 ms
_SILENCE_POWER = 1e-12  # -120 dB of full scale
_STEP_S = STEP_SAMPLES / SAMPLE_RATE_HZ
BEGINS = 0.5  # probability at which a span begins
GOES_ON = 0.35  # and above which it lasts
_SHORTEST_PAUSE_S = 0.2  # shorter ones stay inside a span
_SHORTEST_SPAN_S = 0.1
_MARGIN_S = 0.032  # quiet beginnings and ends of words that the network hears late


@dataclass(frozen=True)
class Span:
    """A stretch of a clip, in seconds from its start."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s


def voice_activity(samples: NDArray[np.float32]) -> list[Span]:
    """Spans of speech, in order, at least 0.2 s apart.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
    """
    probable = speech_probabilities(samples)
    duration_s = len(samples) / SAMPLE_RATE_HZ
    spans: list[Span] = []
    for first, last in runs(probable > GOES_ON):
        if last - first < _SHORTEST_SPAN_S / _STEP_S or probable[first:last].max() < BEGINS:
            continue
        start_s = max(0.0, first * _STEP_S - _MARGIN_S)
        end_s = min(duration_s, last * _STEP_S + _MARGIN_S)
        if spans and start_s - spans[-1].end_s < _SHORTEST_PAUSE_S:
            start_s = spans.pop().start_s
        spans.append(Span(start_s, end_s))
    return spans


def frame_levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level per started 10 ms, in dB of full scale: ``[T]`` to ``[ceil(T / 160)] float32``.

    A full-scale square wave has 0 dB, digital silence -120.
    """
    count = -(-len(samples) // FRAME_SAMPLES)
    padded = np.pad(samples, (0, count * FRAME_SAMPLES - len(samples)))
    power = np.square(padded.reshape(count, FRAME_SAMPLES)).mean(axis=1)
    return np.asarray(10 * np.log10(np.maximum(power, _SILENCE_POWER)), np.float32)


def runs(active: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First index, and the one behind the last, of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], active, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
