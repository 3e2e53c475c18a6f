"""White noise in place of a clip: what a model that listens must fall to guessing on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SEED = 20260412


def noise_like(samples: Samples, seed: Sequence[int]) -> Samples:
    """White noise ``[T] float32`` of the length and level of ``samples``."""
    rng = np.random.default_rng(seed)
    level = np.float32(np.sqrt(np.mean(samples**2)) + 1e-5)
    return (rng.standard_normal(len(samples)).astype(np.float32) * level).clip(-1, 1)
