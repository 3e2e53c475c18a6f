"""Noise that no file is needed for: white and pink."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

NoiseColour = Literal["white", "pink"]


def make_noise(colour: NoiseColour, length: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of unit root mean square: ``[length] float32``. Pink falls 3 dB an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    if colour == "pink":
        spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
        spectrum[0] = 0.0
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)), np.float32)
