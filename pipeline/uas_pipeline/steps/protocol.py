"""What a step is: one clip in, the same clip with more known of it, or a rejection, out.

Steps know nothing of files, processes, resuming or the order of clips.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.steps.clip import Clip
from uas_pipeline.validate.violation import Rejection
from uas_pipeline.validate.violation import Step as StepName

Listen = Callable[[Clip], NDArray[np.float32]]
"""Gives a clip's samples, ``[T] float32`` mono 16 kHz; only called by steps that listen."""


class Step(Protocol):
    """A step. ``run`` may be called from ``threads`` threads at once."""

    name: StepName
    threads: int

    def identity(self) -> Mapping[str, object]:
        """What, beside a clip, decides what becomes of it: backend, version, configuration.

        JSON values. The cache knows a step's results by it.
        """
        ...

    def run(self, clip: Clip, listen: Listen) -> Clip | Rejection:
        """Do the step. Raises ``Rejected`` for this clip, ``EndpointError`` for all clips."""
        ...
