"""A voice and sounds made of tones, so that nothing is downloaded."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from uas_pipeline.corpora.sounds import Sound
from uas_pipeline.corpora.speech import Recording, Voice
from uas_signal import SAMPLE_RATE_HZ

TEXT = "la la la la la la la la"  # eight syllables


def tone_voice(f0_hz: float = 120.0, syllables: int = 8, seconds: float = 2.0) -> NDArray[np.float32]:
    """Harmonics of a moving F0 with a fall of 12 dB an octave, in bursts like syllables."""
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    f0 = f0_hz * 2 ** (3 * np.sin(2 * np.pi * 0.6 * times) / 12)
    phase = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE_HZ
    voice = sum(np.sin(k * phase) / k**1.5 for k in range(1, int(4000 / f0_hz)))
    bursts = 0.55 - 0.45 * np.cos(2 * np.pi * syllables / seconds * times)
    noise = np.random.default_rng(0).standard_normal(len(times)) * 1e-3
    return (0.1 * (voice * bursts + noise)).astype(np.float32)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "voice.wav"
    soundfile.write(path, tone_voice(), SAMPLE_RATE_HZ)
    voice = Voice("someone", "Male", "Adult", "British English")
    return Recording("r1", "toy", path, "CC0-1.0", "en", TEXT, voice)


@pytest.fixture
def sounds(tmp_path: Path) -> list[Sound]:
    """A short high tone and a long low one."""
    made = []
    for label, kind, hertz, seconds in (
        ("bell", "discrete", 2000.0, 0.4),
        ("machine hum", "continuous", 100.0, 1.0),
    ):
        times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        path = tmp_path / f"{kind}.wav"
        soundfile.write(path, 0.3 * np.cos(2 * np.pi * hertz * times), SAMPLE_RATE_HZ)
        made.append(Sound(label, kind, "toys", path.name, path, "CC0-1.0"))  # type: ignore[arg-type]
    return made
