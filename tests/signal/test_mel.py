"""Log-mel features against transformers' own extractor."""

import numpy as np
import pytest
from transformers import WhisperFeatureExtractor

from uas_signal.mel import frame_count, log_mel

LENGTHS = [1, 100, 199, 200, 201, 399, 400, 1_601, 16_000, 47_999, 160_000, 479_700, 479_999]


@pytest.mark.parametrize("n_mels", [80, 128])
@pytest.mark.parametrize("n_samples", [*LENGTHS, 480_000])
def test_equals_the_first_columns_of_the_padded_features(n_samples: int, n_mels: int) -> None:
    samples = speech_like(n_samples)
    padded = WhisperFeatureExtractor(feature_size=n_mels)(samples, sampling_rate=16_000)
    features = log_mel(samples, n_mels=n_mels, right_context_frames=4)
    columns = min(frame_count(n_samples) + 4, 3000)
    assert features.shape == (n_mels, columns)
    assert features.dtype == np.float32
    error = features - padded.input_features[0][:, :columns]
    # Both compute in float32: near the floor, 80 dB down, each is up to 7e-5 off from float64.
    assert np.abs(error).max() < 1.5e-4
    assert np.sqrt(np.square(error).mean()) < 5e-6


def test_right_context_only_adds_columns() -> None:
    samples = speech_like(12_345)
    np.testing.assert_allclose(
        log_mel(samples, right_context_frames=0),
        log_mel(samples, right_context_frames=9)[:, :78],
        atol=1e-4,
    )


@pytest.mark.parametrize("n_samples", [0, 480_001])
def test_refuses_what_is_not_one_window(n_samples: int) -> None:
    with pytest.raises(ValueError, match=rf"not {n_samples}: cut the clip"):
        log_mel(np.zeros(n_samples, np.float32))


def speech_like(n_samples: int) -> np.ndarray:
    """Noise with a falling spectrum and a slow envelope, peak 0.3."""
    rng = np.random.default_rng(n_samples)
    noise = np.cumsum(rng.standard_normal(n_samples)) * 0.01
    envelope = 0.5 + 0.5 * np.sin(np.arange(n_samples) / 3000)
    signal = (noise - noise.mean()) * envelope + rng.standard_normal(n_samples) * 1e-3
    return (0.3 * signal / np.abs(signal).max()).astype(np.float32)
