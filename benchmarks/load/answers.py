"""What our server's answers say of themselves. Pure."""

import json
from collections.abc import Sequence
from statistics import median
from typing import Any

from load.figures import Sample


def timings_of(sample: Sample) -> dict[str, float | None]:
    """`timings` of a whole answer, or of the last event of a stream."""
    last = sample.body.decode().strip().rpartition("data: ")[2]
    body: dict[str, Any] = json.loads(last)
    timings: dict[str, float | None] = body["timings"]
    return timings


def first_over_draft(samples: Sequence[Sample]) -> float | None:
    """Median of the time to the first byte over the time of the draft; None without drafts.

    A server with a queue has the wait in it: ask with one client.
    """
    ratios = []
    for sample in samples:
        draft_s = timings_of(sample)["draft_s"] if sample.is_good else None
        if draft_s:
            ratios.append(sample.first_s / draft_s)
    return median(ratios) if ratios else None
