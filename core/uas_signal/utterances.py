"""Finds utterances and sounds in a stream while it arrives, holding little more than one of them.

An utterance is what the voice network calls speech, with pauses of up to 0.6 s in it. A sound is
what stands out from the background while nobody speaks. Everything is decided step by step of
512 samples, so how the stream is cut into blocks changes nothing. Segments are in order and never
overlap; what is in none of them is background. Knows nothing of models; for a clip that is there
as a whole use ``segments.cut``.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import BEGINS, GOES_ON, Span
from uas_signal.voice_network import STEP_SAMPLES, Listener

Kind = Literal["voice", "sound"]
Array = NDArray[np.float32]

_STEPS_PER_S = SAMPLE_RATE_HZ / STEP_SAMPLES  # 31.25
_SHORTEST_VOICE = 4  # steps, 0.13 s: as ``activity`` has it
_SHORTEST_SOUND = 3
_PAUSE = 19  # 0.6 s end a segment
_ROLL = 6  # 0.2 s of what comes before and after, for quiet beginnings and ends
_LONGEST_DOUBT = 312  # 10 s: what is neither speech nor not is held no longer
_LOUDER_DB = 9.0  # a sound stands out this much from the background
_FAINTEST_DB = -60.0
_BACKGROUND_STEPS = 312  # 10 s; what lasts longer becomes background
_BACKGROUND_RANK = _BACKGROUND_STEPS // 10
_QUIET_DB = -70.0  # the background before anything was heard
_SILENCE_POWER = 1e-12
_PAUSE_STEPS = 9  # a cut of a long segment is judged by the level of 0.3 s around it
_SPEAKING_DB = 200.0


@dataclass(frozen=True)
class Segment:
    """A finished stretch of a stream.

    Attributes:
        kind: whether somebody speaks in it.
        start: offset of its first sample in the stream.
        samples: ``[T] float32``, mono, 16 kHz.
    """

    kind: Kind
    start: int
    samples: Array

    @property
    def span(self) -> Span:
        """Where it lies, in seconds from the start of the stream."""
        return Span(self.start / SAMPLE_RATE_HZ, (self.start + len(self.samples)) / SAMPLE_RATE_HZ)


@dataclass
class _Open:
    """A segment under way, in steps: ``active`` is the first active one, ``last`` behind the last.

    What is between ``start`` and ``active`` came before and is kept for a quiet beginning.
    """

    kind: Kind
    start: int
    active: int
    last: int


class Segmenter:
    """Takes blocks in, gives finished segments out.

    >>> segmenter = Segmenter(max_s=30.0)
    >>> segmenter.push(np.zeros(1_000, np.float32))
    []
    >>> segmenter.finish()
    []
    """

    def __init__(self, max_s: float = 30.0) -> None:
        """Let no segment be longer than ``max_s`` seconds.

        Raises:
            ValueError: ``max_s`` is below 1.
        """
        if max_s < 1.0:
            raise ValueError(f"max_s is {max_s}; windows below 1 s cut words apart. Use 1 or more.")
        self._most_steps = int(max_s * _STEPS_PER_S)
        self._rest = np.zeros(0, np.float32)  # of a step that is not full
        self._total = 0
        self._tape = _Tape()
        self._ears = Listener()
        self._background = _Background()
        self._open: _Open | None = None
        self._free = 0  # step behind the segment before
        self._run: int | None = None  # where what may be speech begins
        self._peak = 0.0

    @property
    def settled(self) -> int:
        """Samples of the stream that are in finished segments or will be in none."""
        return min(self._tape.first * STEP_SAMPLES, self._total)

    @property
    def held(self) -> int:
        """Samples that are kept: at most ``max_s``, and ten seconds before it."""
        return self._total - self.settled

    def push(self, block: Array) -> list[Segment]:
        """Take ``[T] float32``, mono, 16 kHz; gives the segments that end in it, often none."""
        self._total += len(block)
        samples = np.concatenate((self._rest, block))
        whole = len(samples) // STEP_SAMPLES * STEP_SAMPLES
        self._rest = samples[whole:].copy()
        found: list[Segment] = []
        for step in samples[:whole].reshape(-1, STEP_SAMPLES):
            found += self._hear(step)
        return found

    def finish(self) -> list[Segment]:
        """The stream has ended: the segments that are left."""
        found: list[Segment] = []
        if len(self._rest):
            found += self._hear(np.pad(self._rest, (0, STEP_SAMPLES - len(self._rest))))
            self._rest = self._rest[:0]
        if self._open is not None:
            found += self._close(self._open)
        self._tape.forget_before(self._tape.end)
        return found

    def _hear(self, step: Array) -> list[Segment]:
        level_db = _level_db(step)
        probable = self._ears.hear(step)
        is_loud = self._background.is_below(level_db)
        self._tape.add(step, level_db + _SPEAKING_DB * (probable > GOES_ON))
        found = self._voice() if self._speaks(probable) else self._no_voice(is_loud=is_loud)
        if self._open is not None and self._tape.end - self._open.start >= self._most_steps:
            found += self._split(self._open)
        self._forget()
        return found

    def _speaks(self, probable: float) -> bool:
        """Whether the run that this step belongs to is speech beyond doubt."""
        if probable <= GOES_ON:
            self._run = None
            return False
        if self._run is None:
            self._run, self._peak = self._tape.end - 1, 0.0
        self._run = max(self._run, self._tape.end - _LONGEST_DOUBT)
        self._peak = max(self._peak, probable)
        return self._tape.end - self._run >= _SHORTEST_VOICE and self._peak >= BEGINS

    def _voice(self) -> list[Segment]:
        now, found = self._tape.end, []
        if self._open is None or self._open.kind == "sound":
            run = now - 1 if self._run is None else self._run
            start = max(run - _ROLL, self._free)
            if self._open is not None:
                found = self._end_sound(self._open, before=start)
                start = max(start, self._free) if found else min(start, self._open.start)
            self._open = _Open("voice", start, run, now)
        self._open.last = now
        return found

    def _end_sound(self, sound: _Open, *, before: int) -> list[Segment]:
        """The sound in front of an utterance; one that is too short becomes part of it."""
        if before - sound.active < _SHORTEST_SOUND:
            return []
        return [self._cut_off("sound", sound.start, before)]

    def _no_voice(self, *, is_loud: bool) -> list[Segment]:
        now = self._tape.end
        if is_loud and self._open is None:
            self._open = _Open("sound", max(now - 1 - _ROLL, self._free), now - 1, now)
        if self._open is None:
            return []
        if is_loud and self._open.kind == "sound":
            self._open.last = now
        return self._close(self._open) if now - self._open.last >= _PAUSE else []

    def _close(self, segment: _Open) -> list[Segment]:
        self._open = None
        if segment.kind == "sound" and segment.last - segment.active < _SHORTEST_SOUND:
            return []
        end = min(segment.last + _ROLL, self._tape.end)
        return [self._cut_off(segment.kind, segment.start, end)]

    def _split(self, segment: _Open) -> list[Segment]:
        """The first part of a segment that has become too long; the rest stays open."""
        at = self._tape.cheapest(segment.start + self._most_steps // 2, self._tape.end)
        found = [self._cut_off(segment.kind, segment.start, at)]
        segment.start = segment.active = at
        if segment.last <= at:
            self._open = None
        return found

    def _cut_off(self, kind: Kind, start: int, end: int) -> Segment:
        self._free = end
        samples = self._tape.between(start, end)
        return Segment(kind, start * STEP_SAMPLES, samples[: self._total - start * STEP_SAMPLES])

    def _forget(self) -> None:
        """Keep what is open, and what a segment that begins now would reach back to."""
        if self._open is not None:
            needed = self._open.start
        else:
            needed = (self._tape.end if self._run is None else self._run) - _ROLL
        self._tape.forget_before(max(needed, self._free))


class _Tape:
    """The steps that are kept, with what a cut behind each would cost."""

    def __init__(self) -> None:
        self.first = 0
        self._steps: deque[Array] = deque()
        self._costs_db: deque[float] = deque()

    @property
    def end(self) -> int:
        """Steps heard so far."""
        return self.first + len(self._steps)

    def add(self, step: Array, cost_db: float) -> None:
        self._steps.append(step.copy())
        self._costs_db.append(cost_db)

    def between(self, start: int, end: int) -> Array:
        """Samples of these steps, ``[T] float32``."""
        steps = list(self._steps)[start - self.first : end - self.first]
        return np.concatenate(steps) if steps else np.zeros(0, np.float32)

    def cheapest(self, start: int, end: int) -> int:
        """The step before which a cut costs least; of equal ones the last."""
        kernel = np.full(_PAUSE_STEPS, 1 / _PAUSE_STEPS)
        padded = np.pad(np.array(self._costs_db), _PAUSE_STEPS // 2, mode="edge")
        mean_db = np.convolve(padded, kernel, mode="valid")[start - self.first : end - self.first]
        return start + len(mean_db) - 1 - int(np.argmin(mean_db[::-1]))

    def forget_before(self, step: int) -> None:
        while self.first < step and self._steps:
            self._steps.popleft()
            self._costs_db.popleft()
            self.first += 1


class _Background:
    """The level that nine tenths of the last ten seconds are above."""

    def __init__(self) -> None:
        self._levels_db = np.full(_BACKGROUND_STEPS, _QUIET_DB)
        self._next = 0

    def is_below(self, level_db: float) -> bool:
        """Whether a step stands out; it becomes part of the background of the next ones."""
        background_db = np.partition(self._levels_db, _BACKGROUND_RANK)[_BACKGROUND_RANK]
        self._levels_db[self._next] = level_db
        self._next = (self._next + 1) % _BACKGROUND_STEPS
        return bool(level_db > max(background_db + _LOUDER_DB, _FAINTEST_DB))


def _level_db(step: Array) -> float:
    """Mean level of a step in dB of full scale."""
    return float(10 * np.log10(max(float(np.mean(np.square(step))), _SILENCE_POWER)))
