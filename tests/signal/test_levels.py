"""Levels and speaking time over the active parts of a signal."""

import numpy as np
import pytest

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.levels import active_level_db, speaking_time_s


def test_pauses_are_no_speaking_time() -> None:
    tone = np.sin(np.arange(SAMPLE_RATE_HZ) * 0.3).astype(np.float32)
    pause = np.zeros(SAMPLE_RATE_HZ, np.float32)
    assert speaking_time_s(np.concatenate([pause, tone, pause, tone])) == pytest.approx(
        2.0, abs=0.05
    )
    assert speaking_time_s(pause) == 0.0


def test_silence_around_a_sound_does_not_change_its_level() -> None:
    tone = np.sin(np.arange(SAMPLE_RATE_HZ) * 0.3).astype(np.float32)
    padded = np.pad(tone, SAMPLE_RATE_HZ)
    assert active_level_db(padded) == pytest.approx(active_level_db(tone), abs=0.1)
    assert active_level_db(tone) == pytest.approx(-3.01, abs=0.05)
