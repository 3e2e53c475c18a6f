"""Event F1 by how loud a clip's sounds are beside the speech, and by how many sound at once."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypedDict

from uas_schema.records import EventTime, Record
from uas_schema.scoring import EventScore
from uas_training.evaluation.bins import Bins

WITHOUT_SPEECH = "without speech"


class EventFigures(TypedDict):
    """Clips of one bin and their micro-averaged scores."""

    n: int
    f1: float
    precision: float
    recall: float


def events_by_snr(
    records: Sequence[Record], scores: Sequence[EventScore], bins: Bins
) -> dict[str, EventFigures]:
    """Figures by the level of each clip's quietest sound; clips without onsets are left out."""
    names = [_snr_bin(record.onsets, bins.snr_edges_db) for record in records]
    edges = [float("-inf"), *bins.snr_edges_db, float("inf")]
    order = [_range_name(low, high) for low, high in pairwise(edges)]
    return _figures(names, scores, [*order, WITHOUT_SPEECH])


def events_by_polyphony(
    records: Sequence[Record], scores: Sequence[EventScore], bins: Bins
) -> dict[str, EventFigures]:
    """Figures by the most sounds at one time in each clip; clips without onsets are left out."""
    order = [_polyphony_name(number, bins.polyphony) for number in bins.polyphony]
    names = [
        _polyphony_name(polyphony(record.onsets), bins.polyphony) if record.onsets else None
        for record in records
    ]
    return _figures(names, scores, order)


def polyphony(onsets: Sequence[EventTime]) -> int:
    """The most sounds that are heard at one time; one that ends as another starts is over."""
    starts = (onset.start_s for onset in onsets)
    return max(
        (
            sum(other.start_s <= at_s < max(other.end_s, other.start_s + 1e-9) for other in onsets)
            for at_s in starts
        ),
        default=0,
    )


def _snr_bin(onsets: Sequence[EventTime], edges_db: Sequence[float]) -> str | None:
    if not onsets:
        return None
    levels_db = [onset.snr_db for onset in onsets if onset.snr_db is not None]
    if not levels_db:
        return WITHOUT_SPEECH
    quietest_db = min(levels_db)
    low = max((edge for edge in edges_db if edge <= quietest_db), default=float("-inf"))
    high = min((edge for edge in edges_db if edge > quietest_db), default=float("inf"))
    return _range_name(low, high)


def _range_name(low_db: float, high_db: float) -> str:
    if low_db == float("-inf"):
        return f"under {high_db:g} dB"
    return f"{low_db:g} dB and more" if high_db == float("inf") else f"{low_db:g} to {high_db:g} dB"


def _polyphony_name(number: int, known: Sequence[int]) -> str:
    if number >= known[-1]:
        return f"{known[-1]} or more"
    return str(max((one for one in known if one <= number), default=known[0]))


def _figures(
    names: Sequence[str | None], scores: Sequence[EventScore], order: Sequence[str]
) -> dict[str, EventFigures]:
    found = {}
    for name in order:
        own = [score for own_name, score in zip(names, scores, strict=True) if own_name == name]
        if own:
            total = sum(own, EventScore())
            found[name] = EventFigures(
                n=len(own), f1=total.f1, precision=total.precision, recall=total.recall
            )
    return found
