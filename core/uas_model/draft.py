"""A draft of the transcript, made by another model before ours answers.

A checkpoint says whether it wants one. `WhisperDrafter` runs faster-whisper on the checkpoint's
own copy of Whisper; `NoDrafter` and `FixedDrafter` are for checkpoints without one and for tests.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

ComputeType = Literal["int8", "float32"]


@dataclass(frozen=True)
class Draft:
    """A drafted transcript, stripped, and the seconds that it took."""

    text: str
    seconds: float


class Drafter(Protocol):
    """Drafts the transcript of a clip."""

    def draft(self, samples: NDArray[np.float32]) -> Draft:
        """Draft the words of `samples` (`[T]` mono at 16 kHz, -1 to 1); empty when none."""


class NoDrafter:
    """Never has a draft."""

    def draft(self, samples: NDArray[np.float32]) -> Draft:
        """Return an empty draft."""
        del samples
        return Draft(text="", seconds=0.0)


@dataclass(frozen=True)
class FixedDrafter:
    """Drafts the same text for every clip: a fake for tests and for measuring wrong drafts."""

    text: str

    def draft(self, samples: NDArray[np.float32]) -> Draft:
        """Return the fixed text."""
        del samples
        return Draft(text=self.text, seconds=0.0)


class WhisperDrafter:
    """Drafts with faster-whisper: greedy, no timestamps, no context from clip to clip.

    One pass at temperature 0: faster-whisper's repeats at higher temperatures, for texts that it
    doubts, are random and take as long again each.

    Args:
        path: folder of a CTranslate2 Whisper model.
        compute_type: `int8` reads a quarter of the bytes; `float32` is exact.
        threads: CPU threads per call.
        language: ISO 639-1 code; None lets a multilingual model decide.
        clock: seconds, for the time that a draft took.
    """

    def __init__(
        self,
        path: Path,
        *,
        compute_type: ComputeType = "int8",
        threads: int = 2,
        language: str | None = "en",
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(
            str(path), device="cpu", compute_type=compute_type, cpu_threads=threads
        )
        self._language = language
        self._clock = clock

    def draft(self, samples: NDArray[np.float32]) -> Draft:
        """Draft the words of `samples` (`[T]` mono at 16 kHz)."""
        start = self._clock()
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        text = " ".join(segment.text.strip() for segment in segments).strip()
        return Draft(text=text, seconds=self._clock() - start)
