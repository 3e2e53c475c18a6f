"""Signals whose truth is known: a buzz like a voice, noise, silence."""

import numpy as np

RATE_HZ = 16_000


def vowels(duration_s: float, seed: int = 0) -> np.ndarray:
    """A buzz of 120 Hz through moving formants, in syllables of 0.25 s: ``[T] float32``."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    pitch_hz = 120 + 20 * np.sin(2 * np.pi * 0.7 * time_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    syllable = np.minimum((time_s * 4).astype(int), 10_000)
    first_hz = rng.choice([300.0, 500.0, 700.0], syllable.max() + 1)[syllable]
    second_hz = rng.choice([900.0, 1_500.0, 2_200.0], syllable.max() + 1)[syllable]
    signal = np.zeros_like(time_s)
    for harmonic in range(1, 30):
        frequency_hz = harmonic * pitch_hz
        gain = sum(
            np.exp(-(((frequency_hz - formant_hz) / 150) ** 2)) * weight
            for formant_hz, weight in ((first_hz, 1.0), (second_hz, 0.5), (2_800.0, 0.2))
        )
        signal += (gain + 0.02) * np.sin(harmonic * phase)
    swell = np.clip(1.5 * np.sin(np.pi * (time_s * 4 % 1)), 0, 1)
    return (0.2 * signal * swell).astype(np.float32)


def noise(duration_s: float, level: float, seed: int = 1) -> np.ndarray:
    samples = np.random.default_rng(seed).standard_normal(round(duration_s * RATE_HZ))
    return (level * samples).astype(np.float32)


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * RATE_HZ), np.float32)
