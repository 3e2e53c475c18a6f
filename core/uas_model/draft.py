"""A draft of the transcript, made by another model before ours answers.

A checkpoint says whether it wants one. `WhisperDrafter` runs faster-whisper on the checkpoint's
own copy of Whisper; `NoDrafter` and `FixedDrafter` are for checkpoints without one and for tests.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import Span
from uas_signal.word_edges import at_pauses

ComputeType = Literal["int8", "float32"]

_WINDOW_SAMPLES = 30 * SAMPLE_RATE_HZ
"""What Whisper listens to in one pass."""


@dataclass(frozen=True)
class DraftWord:
    """One word of a draft and where it lies in the clip.

    Attributes:
        text: with the space and the punctuation that belong to it; all of a draft's words joined
            and stripped are its text.
        start_s: seconds from the start of the clip.
        end_s: the same, not before `start_s`.
        probability: how sure the draft model is of the word, 0 to 1.
    """

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True)
class Draft:
    """A drafted transcript, stripped, and the seconds that it took.

    `words` are None where nobody asked for them or the drafter cannot tell.
    """

    text: str
    seconds: float
    words: tuple[DraftWord, ...] | None = None


class Drafter(Protocol):
    """Drafts the transcript of a clip."""

    def draft(self, samples: NDArray[np.float32], *, words: bool = False) -> Draft:
        """Draft the words of `samples` (`[T]` mono at 16 kHz, -1 to 1); empty when none.

        `words` asks for their times too, which cost time; the text of a clip that the draft model
        hears in one pass is the same with and without them.
        """


class NoDrafter:
    """Never has a draft."""

    def draft(self, samples: NDArray[np.float32], *, words: bool = False) -> Draft:
        """Return an empty draft."""
        del samples, words
        return Draft(text="", seconds=0.0)


@dataclass(frozen=True)
class FixedDrafter:
    """Drafts the same text for every clip: a fake for tests and for measuring wrong drafts.

    `words` are given to whoever asks for them.
    """

    text: str
    words: tuple[DraftWord, ...] | None = None

    def draft(self, samples: NDArray[np.float32], *, words: bool = False) -> Draft:
        """Return the fixed text."""
        del samples
        return Draft(text=self.text, seconds=0.0, words=self.words if words else None)


class WhisperDrafter:
    """Drafts with faster-whisper: greedy, no timestamp tokens, no context from clip to clip.

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

    def draft(self, samples: NDArray[np.float32], *, words: bool = False) -> Draft:
        """Draft the words of `samples` (`[T]` mono at 16 kHz)."""
        start = self._clock()
        if words:
            spoken = [
                word
                for first in range(0, len(samples), _WINDOW_SAMPLES)
                for word in self._timed(samples[first : first + _WINDOW_SAMPLES], first)
            ]
            text = "".join(word.text for word in spoken).strip()
            return Draft(text, self._clock() - start, tuple(spoken))
        text = " ".join(segment.text.strip() for segment in self._segments(samples)).strip()
        return Draft(text=text, seconds=self._clock() - start)

    def _timed(self, samples: NDArray[np.float32], first_sample: int) -> Iterator[DraftWord]:
        """Words of one window that begins at `first_sample` of the clip.

        Only what the first pass finds: with times, faster-whisper listens again to what comes after
        the last word, which gives words that the plain draft does not have.
        """
        offset_s = first_sample / SAMPLE_RATE_HZ
        segment = next(self._segments(samples, word_timestamps=True), None)
        if segment is None or segment.seek:
            return
        heard = [
            Span(float(word.start), float(max(word.start, word.end))) for word in segment.words
        ]
        for word, span in zip(segment.words, at_pauses(heard, samples), strict=True):
            yield DraftWord(
                text=word.word,
                start_s=offset_s + span.start_s,
                end_s=offset_s + span.end_s,
                probability=min(1.0, max(0.0, float(word.probability))),
            )

    def _segments(self, samples: NDArray[np.float32], **options: Any) -> Iterator[Any]:
        """faster-whisper's segments, decoded as they are asked for."""
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
            **options,
        )
        return iter(segments)
