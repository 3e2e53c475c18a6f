"""Event scores by level and by how many sounds are heard at once."""

from tests.training.conftest import voiced_record

from uas_schema.records import EventTime
from uas_schema.scoring import EventScore
from uas_training.evaluation.bins import Bins
from uas_training.evaluation.event_bins import (
    WITHOUT_SPEECH,
    events_by_polyphony,
    events_by_snr,
    polyphony,
)

BINS = Bins(snr_edges_db=(0.0, 10.0), polyphony=(1, 2, 3), calibration=4)
FOUND, MISSED = EventScore(1, 0, 0), EventScore(0, 1, 1)


def sound(start_s: float, end_s: float, snr_db: float | None = None) -> EventTime:
    return EventTime(label="rain", start_s=start_s, end_s=end_s, snr_db=snr_db)


def test_sounds_at_once() -> None:
    assert polyphony([]) == 0
    assert polyphony([sound(0, 1), sound(1, 2)]) == 1  # one ends as the other starts
    assert polyphony([sound(0, 3), sound(1, 2), sound(2.5, 4)]) == 2
    assert polyphony([sound(0, 9), sound(1, 9), sound(2, 9), sound(3, 9)]) == 4
    assert polyphony([sound(1, 1)]) == 1


def test_a_clip_counts_by_its_quietest_sound() -> None:
    levels: list[tuple[float | None, ...]] = [
        (-3.0,),
        (0.0,),
        (20.0, 9.9),
        (10.0, 12.0),
        (None,),
        (),
    ]
    records = [
        voiced_record(n, onsets=[sound(0, 1, level) for level in own])
        for n, own in enumerate(levels)
    ]
    scores = [FOUND, MISSED, FOUND, FOUND, MISSED, FOUND]
    found = events_by_snr(records, scores, BINS)
    assert {name: figures["n"] for name, figures in found.items()} == {
        "under 0 dB": 1,
        "0 to 10 dB": 2,
        "10 dB and more": 1,
        WITHOUT_SPEECH: 1,
    }
    assert found["0 to 10 dB"]["f1"] == 0.5
    assert found[WITHOUT_SPEECH]["recall"] == 0


def test_more_sounds_than_named_are_one_group() -> None:
    records = [
        voiced_record(n, onsets=[sound(0, 1)] * number) for n, number in enumerate((1, 2, 3, 5, 0))
    ]
    found = events_by_polyphony(records, [FOUND, MISSED, FOUND, MISSED, FOUND], BINS)
    assert {name: figures["n"] for name, figures in found.items()} == {
        "1": 1,
        "2": 1,
        "3 or more": 2,
    }
    assert found["3 or more"]["f1"] == 0.5
