"""When the sound of a document is heard, where its clip leaves no doubt of that."""

import numpy as np
from numpy.typing import NDArray

from uas_schema.document import UasDocument
from uas_server.service.envelope import TimedEvent
from uas_signal.bursts import only_burst


def event_times(
    document: UasDocument, samples: NDArray[np.float32]
) -> tuple[TimedEvent, ...] | None:
    """The time of the only sound; None where it is not known.

    It is known where nobody speaks, one sound is named and none that goes on, and one stretch of
    the clip stands out: ``docs/adr/0035``.

    Args:
        document: what was heard in the clip.
        samples: ``[T] float32``, mono, 16 kHz.
    """
    heard = document.non_linguistic_events
    if document.has_voice or len(heard.discrete_events) != 1 or heard.continuous_events:
        return None
    burst = only_burst(samples)
    if burst is None:
        return None
    end_s = None if burst.end_s is None else round(burst.end_s, 3)
    (event,) = heard.discrete_events
    return (TimedEvent(label=event.label, start_s=round(burst.start_s, 3), end_s=end_s),)
