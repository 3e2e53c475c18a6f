"""Disturb a waveform or a spectrogram while its labels stay true.

Everything is numpy on mono float32 at 16 kHz and takes its randomness from the generator that is
passed in, so one (seed, epoch, example) always gives one result. The module knows nothing of
labels: the caller says whether a change of speed or added noise would make one false.
"""

import numpy as np
import scipy.signal
import soxr

from uas_training.config import AugmentConfig

SAMPLE_RATE_HZ = 16_000


def disturb(
    samples: np.ndarray,
    config: AugmentConfig,
    rng: np.random.Generator,
    *,
    speed: bool = False,
    noise: bool = False,
) -> np.ndarray:
    """Random speed, room, tone colour, noise and level, in the order of a real recording.

    Args:
        samples: ``[T] float32`` mono.
        config: probabilities and ranges.
        rng: the only source of randomness.
        speed: change the speed, which moves pitch, rate and tone colour.
        noise: add noise, which makes the list of heard sounds false.

    Returns:
        ``[T'] float32``, clipped to [-1, 1].
    """
    if speed:
        samples = change_speed(samples, 1 + rng.uniform(-1, 1) * config.speed_range)
    if rng.random() < config.reverb_probability:
        samples = reverberate(samples, rng)
    samples = colour(samples, config.tilt_db, rng)
    if rng.random() < config.low_pass_probability:
        samples = low_pass(samples, rng.uniform(2500, 6500))
    if noise:
        samples = add_noise(samples, rng.uniform(*config.snr_db), rng)
    gain = 10 ** (rng.uniform(*config.gain_db) / 20)
    return np.clip(samples * gain, -1, 1).astype(np.float32)


def change_speed(samples: np.ndarray, factor: float) -> np.ndarray:
    """Play ``factor`` times as fast: shorter, and pitch and formants move up together."""
    resampled: np.ndarray = soxr.resample(
        samples, SAMPLE_RATE_HZ * factor, SAMPLE_RATE_HZ, quality="LQ"
    )
    return resampled


def reverberate(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A small or middle room: exponentially decaying noise (RT60 0.1-0.6 s) behind the sound."""
    rt60_s = rng.uniform(0.1, 0.6)
    time_s = np.arange(int(rt60_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(time_s)) * 10 ** (-3 * time_s / rt60_s)
    tail *= rng.uniform(0.1, 0.6) / np.sqrt(np.sum(tail**2) + 1e-12)
    tail[0] = 1.0
    wet: np.ndarray = scipy.signal.fftconvolve(samples, tail)[: len(samples)]
    return wet.astype(np.float32)


def colour(samples: np.ndarray, tilt_db: float, rng: np.random.Generator) -> np.ndarray:
    """Another microphone: a smooth random response, within ``tilt_db`` at seven points."""
    spectrum = np.fft.rfft(samples)
    points = rng.uniform(-tilt_db, tilt_db, size=7)
    position = np.sqrt(np.linspace(0, 1, len(spectrum))) * (len(points) - 1)
    response_db = np.interp(position, np.arange(len(points)), points)
    return np.fft.irfft(spectrum * 10 ** (response_db / 20), n=len(samples)).astype(np.float32)


def low_pass(samples: np.ndarray, cut_hz: float) -> np.ndarray:
    """A narrow-band line: nothing above ``cut_hz``, with a soft shoulder of 500 Hz."""
    spectrum = np.fft.rfft(samples)
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    keep = np.clip((cut_hz + 500 - frequency_hz) / 500, 0, 1)
    return np.fft.irfft(spectrum * keep, n=len(samples)).astype(np.float32)


def add_noise(samples: np.ndarray, snr_db: float, rng: np.random.Generator) -> np.ndarray:
    """Stationary noise whose power falls by 0-6 dB an octave, at ``snr_db`` over the clip."""
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    spectrum *= np.arange(1, len(spectrum) + 1) ** -rng.uniform(0, 1)
    noise = np.fft.irfft(spectrum, n=len(samples))
    power = np.mean(samples**2) + 1e-12
    noise *= np.sqrt(power / (np.mean(noise**2) + 1e-12)) * 10 ** (-snr_db / 20)
    return (samples + noise).astype(np.float32)


def mask_bands(mel: np.ndarray, config: AugmentConfig, rng: np.random.Generator) -> np.ndarray:
    """SpecAugment (Park et al. 2019) on a clip's log-mel ``[80, F]``: masks hold the mean."""
    mel = mel.copy()
    bands, frames = mel.shape
    fill = float(mel.mean())
    for _ in range(config.band_masks):
        width = int(rng.integers(0, config.band_mask_width + 1))
        start = int(rng.integers(0, bands - width + 1))
        mel[start : start + width] = fill
    for _ in range(config.time_masks):
        width = int(rng.uniform(0, config.time_mask_share) * frames)
        start = int(rng.integers(0, frames - width + 1))
        mel[:, start : start + width] = fill
    return mel
