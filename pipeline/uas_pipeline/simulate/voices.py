"""Voice changes with exact truth, by the WORLD vocoder (Morise et al. 2016).

A voice is taken apart into F0, spectral envelope and aperiodicity every 5 ms, changed, and put
together again. Voices that stay as they are go the same way, so that the vocoder's sound gives no
label away. Knows nothing of which change makes which label.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.acoustics.pitch import CEILING_HZ, FLOOR_HZ, FRAME_S
from uas_signal import SAMPLE_RATE_HZ

_BREATH_FROM_HZ, _BREATH_FULL_HZ = 500.0, 4000.0
_TREMOR_HZ = 5.0


@dataclass(frozen=True)
class VoiceChange:
    """What is done to a voice; the default leaves it as it is.

    ``rate`` above 1 speaks faster; ``pitch`` and ``formants`` multiply frequencies; ``range``
    multiplies the distance of F0 from its median, in semitones; ``tremor_semitones`` is the
    amplitude of a 5 Hz tremor; ``jitter`` the standard deviation of F0 from frame to frame,
    relative; ``breath`` in 0..1 turns harmonics into noise.
    """

    rate: float = 1.0
    pitch: float = 1.0
    formants: float = 1.0
    range: float = 1.0
    tremor_semitones: float = 0.0
    jitter: float = 0.0
    breath: float = 0.0


@dataclass(frozen=True)
class VoiceParts:
    """A voice taken apart: ``f0_hz`` [frames], the others [frames, bins], all float64."""

    f0_hz: NDArray[np.float64]
    envelope: NDArray[np.float64]
    aperiodicity: NDArray[np.float64]

    @property
    def median_hz(self) -> float:
        """Median F0 of the voiced frames; 0 when nothing is voiced."""
        voiced = self.f0_hz[self.f0_hz > 0]
        return float(np.median(voiced)) if len(voiced) else 0.0


def take_apart(samples: NDArray[np.float32]) -> VoiceParts:
    """Analyse ``[T] float32`` at 16 kHz. F0 by Harvest, which misses fewer frames than DIO."""
    import pyworld

    signal = samples.astype(np.float64)
    period_ms = 1000 * FRAME_S
    f0_hz, times_s = pyworld.harvest(
        signal, SAMPLE_RATE_HZ, f0_floor=FLOOR_HZ, f0_ceil=CEILING_HZ, frame_period=period_ms
    )
    envelope = pyworld.cheaptrick(signal, f0_hz, times_s, SAMPLE_RATE_HZ)
    aperiodicity = pyworld.d4c(signal, f0_hz, times_s, SAMPLE_RATE_HZ)
    return VoiceParts(f0_hz, envelope, aperiodicity)


def put_together(
    parts: VoiceParts, change: VoiceChange, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Synthesise a changed voice: ``[T] float32`` at 16 kHz, T divided by ``change.rate``."""
    import pyworld

    frames = np.arange(0, len(parts.f0_hz), change.rate).astype(int)
    f0_hz = _changed_f0(parts, change, rng)[frames]
    envelope = _warped(parts.envelope, change.formants)[frames]
    aperiodicity = _breathy(_warped(parts.aperiodicity, change.formants), change.breath)[frames]
    signal = pyworld.synthesize(
        f0_hz,
        np.ascontiguousarray(envelope),
        np.ascontiguousarray(aperiodicity),
        SAMPLE_RATE_HZ,
        frame_period=1000 * FRAME_S,
    )
    return np.asarray(signal, np.float32)


def _changed_f0(
    parts: VoiceParts, change: VoiceChange, rng: np.random.Generator
) -> NDArray[np.float64]:
    voiced = parts.f0_hz > 0
    if not voiced.any():
        return parts.f0_hz
    semitones = 12 * np.log2(np.where(voiced, parts.f0_hz, parts.median_hz) / parts.median_hz)
    times_s = np.arange(len(semitones)) * FRAME_S / change.rate
    phase = rng.uniform(0, 2 * np.pi)
    semitones = semitones * change.range
    semitones += change.tremor_semitones * np.sin(2 * np.pi * _TREMOR_HZ * times_s + phase)
    shaken = 1 + change.jitter * rng.standard_normal(len(semitones))
    f0_hz = parts.median_hz * change.pitch * 2 ** (semitones / 12) * shaken
    return np.where(voiced, np.clip(f0_hz, FLOOR_HZ, 0.9 * SAMPLE_RATE_HZ / 8), 0.0)


def _warped(bins: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Move every frequency of ``[frames, bins]`` to ``factor`` times itself."""
    last = bins.shape[1] - 1
    source = np.minimum(np.arange(last + 1) / factor, last)
    below = source.astype(int)
    share = source - below
    above = np.minimum(below + 1, last)
    return np.asarray(bins[:, below] * (1 - share) + bins[:, above] * share)


def _breathy(aperiodicity: NDArray[np.float64], breath: float) -> NDArray[np.float64]:
    bins_hz = np.linspace(0, SAMPLE_RATE_HZ / 2, aperiodicity.shape[1])
    weight = np.clip((bins_hz - _BREATH_FROM_HZ) / (_BREATH_FULL_HZ - _BREATH_FROM_HZ), 0, 1)
    return np.asarray(aperiodicity + (1 - aperiodicity) * breath * weight)
