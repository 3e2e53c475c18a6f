"""What is heard and shown for a question: the clip and the choices as published, or a baseline.

A model that hears must lose without audio and on noise; one that reads must not mind in which
order the choices stand.
"""

from typing import Literal, get_args
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_signal.decode import decode
from uas_training.evaluation.bench.questions import Question
from uas_training.evaluation.noise import noise_like

Samples = NDArray[np.float32]
Condition = Literal["heard", "shuffled-choices", "no-audio", "noise"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

_PAUSE_S = 0.5  # between clips that are played one after the other


def shown_choices(condition: Condition, question: Question, seed: int) -> tuple[str, ...]:
    """The choices in the order in which they are shown.

    Shuffled, they stand in another order than the file's, which hangs on the seed and the
    question's id alone.
    """
    if condition != "shuffled-choices":
        return question.choices
    rng = np.random.default_rng([seed, crc32(question.id.encode())])
    own = np.arange(len(question.choices))
    order = rng.permutation(own)
    while np.array_equal(order, own):
        order = rng.permutation(own)
    return tuple(question.choices[place] for place in order)


def heard_samples(
    condition: Condition, question: Question, seed: int, longest_s: float
) -> Samples | None:
    """What is played: ``[T] float32``, mono, 16 kHz, in [-1, 1]; None without audio.

    The clips of a question come one after the other; what is longer than ``longest_s`` is cut.
    Noise has the length and level of that and no other trace of it.

    Raises:
        uas_signal.errors.SignalError: a clip that cannot be decoded.
        OSError: a clip that cannot be read.
    """
    if condition == "no-audio":
        return None
    pause = np.zeros(round(_PAUSE_S * SAMPLE_RATE_HZ), np.float32)
    pieces = [decode(path.read_bytes()).samples for path in question.audio]
    joined = [part for piece in pieces for part in (piece, pause)][:-1]
    samples = np.concatenate(joined)[: round(longest_s * SAMPLE_RATE_HZ)]
    if condition == "noise":
        return noise_like(samples, [seed, crc32(question.id.encode())])
    return samples
