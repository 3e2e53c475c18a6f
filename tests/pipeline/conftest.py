"""A voice and sounds made of tones, so that nothing is downloaded."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from tone_voices import SAMPLE_RATE_HZ, TEXT, tone_voice

from uas_pipeline.corpora.sounds import Sound, SoundKind
from uas_pipeline.corpora.speech import Recording, Voice


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    path = tmp_path / "voice.wav"
    soundfile.write(path, tone_voice(), SAMPLE_RATE_HZ)
    voice = Voice("someone", "Male", "Adult", "British English")
    return Recording("r1", "toy", path, "CC0-1.0", "en", TEXT, voice)


@pytest.fixture
def bell(tmp_path: Path) -> Sound:
    return _sound(tmp_path, "bell", "discrete", 2000.0, 0.4)


@pytest.fixture
def hum(tmp_path: Path) -> Sound:
    return _sound(tmp_path, "machine hum", "continuous", 200.0, 1.0)


def _sound(folder: Path, label: str, kind: SoundKind, hertz: float, seconds: float) -> Sound:
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    path = folder / f"{label}.wav"
    soundfile.write(path, 0.3 * np.cos(2 * np.pi * hertz * times), SAMPLE_RATE_HZ)
    return Sound(label, kind, "toys", path.name, path, "CC0-1.0")
