"""What a describer of sound is: the one method that every backend has."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording


class Captioner(Protocol):
    """Describes clips. Backends may be called from several threads at once."""

    def caption(self, recording: Recording, samples: NDArray[np.float32]) -> Caption:
        """Describe a clip: ``[T] float32``, mono, 16 kHz, at least one sample.

        Raises ``Rejected`` when this clip cannot be described, ``EndpointError`` when none can.
        """
