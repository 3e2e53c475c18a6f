"""The killed job's recording, and how its result is judged."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hour_job.__main__ import Log, plan, report
from hour_job.judging import Memory, Verdict, judge
from hour_job.recording import GAP_S, Place, Spoken, write_recording

PLACES = (
    Place(2.0, 5.0, "red green blue"),
    Place(20.0, 24.0, "black white"),
    Place(41.0, 44.0, "grey"),
)
SENTENCES = [Spoken("a tone", np.full(16_000, 0.5, np.float32))]


def segment(start_s: float, end_s: float, said: str | None) -> dict[str, Any]:
    return {"start_s": start_s, "end_s": end_s, "uas": {"transcription": said}}


def judged(*segments: dict[str, Any]) -> Verdict:
    return judge(segments, PLACES, 60.0, most_s=30.0)


def test_a_right_result_has_nothing_wrong() -> None:
    verdict = judged(
        segment(0, 30, "Red, green blue. Black white!"),
        segment(30, 50, "grey"),
        segment(50, 60, None),
    )
    assert verdict == Verdict(3, 0, 0, 0, 2, 0, 1, 0, 0, 6)
    assert verdict.is_whole


def test_what_is_wrong_is_counted() -> None:
    lost = judged(segment(0, 22, "red green"), segment(30, 60, None))
    assert (lost.gaps, lost.cut, lost.missed, lost.word_errors) == (1, 1, 1, 2)
    assert (lost.spoken, lost.words) == (2, 4)
    doubled = judged(segment(0, 30, None), segment(0, 30, None), segment(30, 60, None))
    assert doubled.gaps == 1
    too_long = judged(segment(0, 40, None), segment(40, 59, "grey"), segment(59, 60, "you"))
    assert (too_long.gaps, too_long.too_long, too_long.invented) == (0, 1, 1)
    assert not any(verdict.is_whole for verdict in (lost, doubled, too_long))
    assert judge([], PLACES, 60.0, most_s=30.0).gaps == 1


def test_a_recording_has_its_sentences_where_its_truth_says(tmp_path: Path) -> None:
    places = write_recording(tmp_path / "a.wav", SENTENCES, 60.0, seed=1)
    assert places == write_recording(tmp_path / "b.wav", SENTENCES, 60.0, seed=1)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    with wave.open(str(tmp_path / "a.wav"), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_767
    assert len(samples) == 60 * 16_000
    assert len(places) >= 60 // (GAP_S[1] + 1)
    loud = np.zeros(len(samples), bool)
    for place in places:
        loud[round(place.start_s * 16_000) : round(place.end_s * 16_000)] = True
    assert samples[loud].min() > 0.4
    assert np.abs(samples[~loud]).max() < 0.01


def test_kills_come_in_order_and_the_server_is_among_them() -> None:
    kills = plan(3, seed=1)
    assert [what for _, what in kills] == ["server", "engine", "server"]
    assert [goal for goal, _ in kills] == sorted(goal for goal, _ in kills)
    assert plan(3, seed=1) == kills != plan(3, seed=2)


def test_memory_is_a_line_through_all_looks() -> None:
    memory = Memory.of([(second, 1_000 + 10 * second) for second in range(8)])
    assert (memory.first, memory.last) == (1_010, 1_070)
    assert memory.slope == pytest.approx(36_000)
    with pytest.raises(ValueError, match="3 looks at memory are too few"):
        Memory.of([(0, 1), (1, 1), (2, 1)])


def test_progress_that_goes_back_is_seen_and_a_report_has_what_was_killed() -> None:
    log = Log(progress=[(1.0, 0.1), (2.0, 0.5)], kills=[("engine", 0.4)])
    assert not log.goes_back
    log.progress.append((3.0, 0.4))
    assert log.goes_back
    log.memory = [[(second, 7 << 20) for second in range(4)]]
    text = report(log, judged(segment(0, 60, None)), 30.0, 60.0, 3)
    assert "engine at 40 %" in text
    assert "7 MiB in its first quarter" in text
