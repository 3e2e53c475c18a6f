"""Cuts a clip into windows that a model can take, in the pauses where there are any.

Each cut lies in the second half of its window, in the quietest 0.3 s in which nobody speaks; where
somebody speaks all along, in the quietest. It depends on the samples around its window alone: the
voice network hears ten seconds before the window, and a second beyond what the rule of
``segments`` looks at. So the cuts of a stream are those of the whole clip, however it comes in, a
stream that is taken up at the end of a window is cut as if it had never stopped, and little more
than one window is held. What the network would have kept in mind from further back is not known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import FRAME_SAMPLES, Span
from uas_signal.segments import HORIZON_SHARE, best_cut, cut_cost
from uas_signal.voice_network import STEP_SAMPLES

_GRID_SAMPLES = int(np.lcm(FRAME_SAMPLES, STEP_SAMPLES))  # frames and steps of the clip begin here
_HEARD_BEFORE_SAMPLES = 10 * SAMPLE_RATE_HZ
_BEYOND_SAMPLES = SAMPLE_RATE_HZ


def samples_before(start_s: float) -> int:
    """Offset of the first sample that ``Cutter`` wants to hear for a window at ``start_s``."""
    first = round(start_s * SAMPLE_RATE_HZ) - _HEARD_BEFORE_SAMPLES
    return max(0, first // _GRID_SAMPLES * _GRID_SAMPLES)


@dataclass(frozen=True)
class Window:
    """A finished window: where it lies in the clip, and its samples, ``[T] float32`` at 16 kHz."""

    span: Span
    samples: NDArray[np.float32]


def cut(samples: NDArray[np.float32], max_s: float = 30.0) -> list[Span]:
    """Consecutive spans that cover the clip, none longer than ``max_s``.

    Args:
        samples: ``[T] float32``, mono, 16 kHz.
        max_s: longest span, in seconds; at least 1.

    Raises:
        ValueError: ``max_s`` is below 1.
    """
    cutter = Cutter(max_s)
    return [window.span for window in (*cutter.push(samples), *cutter.finish())]


class Cutter:
    """Takes blocks in, gives windows out.

    >>> cutter = Cutter(max_s=30.0)
    >>> for block in blocks:  # doctest: +SKIP
    ...     work_on(cutter.push(block))
    >>> cutter.finish()
    []
    """

    def __init__(self, max_s: float = 30.0, start_s: float = 0.0) -> None:
        """Begin at ``start_s``, the end of a window; blocks begin at its ``samples_before``.

        Raises:
            ValueError: ``max_s`` is below 1.
        """
        if max_s < 1.0:
            raise ValueError(f"max_s is {max_s}; windows below 1 s cut words apart. Use 1 or more.")
        self._max_s = max_s
        self._seen_samples = round(max_s * HORIZON_SHARE * SAMPLE_RATE_HZ) + _BEYOND_SAMPLES
        self._start_s = start_s
        self._zero = samples_before(start_s)
        self._blocks: list[NDArray[np.float32]] = []
        self._end = self._zero

    def push(self, block: NDArray[np.float32]) -> list[Window]:
        """Take ``[T] float32``; gives the windows that are settled by it, often none."""
        self._blocks.append(block)
        self._end += len(block)
        return self._settled(self._seen_samples / SAMPLE_RATE_HZ)

    def finish(self) -> list[Window]:
        """The stream has ended: the windows that are left."""
        windows = self._settled(self._max_s)
        if self._rest_s() > 0:
            windows.append(self._cut_off(self._end / SAMPLE_RATE_HZ))
        return windows

    def _settled(self, horizon_s: float) -> list[Window]:
        windows = []
        while (rest_s := self._rest_s()) > horizon_s:
            horizon = round(self._start_s * SAMPLE_RATE_HZ) + self._seen_samples
            cost_db = cut_cost(self._buffer()[: horizon - self._zero])
            zero_s = self._zero / SAMPLE_RATE_HZ
            end_s = best_cut(cost_db, self._start_s, rest_s, self._max_s, zero_s)
            windows.append(self._cut_off(end_s))
        return windows

    def _rest_s(self) -> float:
        return self._end / SAMPLE_RATE_HZ - self._start_s

    def _cut_off(self, end_s: float) -> Window:
        """The window up to ``end_s``; forgets what no later one needs."""
        buffer, span = self._buffer(), Span(self._start_s, end_s)
        first, last = (round(at_s * SAMPLE_RATE_HZ) - self._zero for at_s in (span.start_s, end_s))
        self._start_s = end_s
        zero = samples_before(end_s)
        self._blocks = [buffer[zero - self._zero :].copy()]
        self._zero = zero
        return Window(span, buffer[first:last].copy())

    def _buffer(self) -> NDArray[np.float32]:
        if len(self._blocks) != 1:
            joined = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.float32)
            self._blocks = [joined]
        return self._blocks[0]
