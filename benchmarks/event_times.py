"""How right are the times of sounds, where one is given, on clips whose truth is known?

    python benchmarks/event_times.py build/data/dev.jsonl

The true labels are given, so this measures times and not names. Of every clip with one discrete
sound it says whether a start and an end were claimed, and how far both are from the truth. A sound
of the simulated corpus ends with its clip, so ends there say little; each is also heard with half a
second before it and two behind, in white noise of several levels below the sound. Clips whose own
noise that does not cover are left out there: it would begin before the sound.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.simulate.noise import make_noise
from uas_schema.records import EventTime, Record, read_records
from uas_schema.scoring import wilson_interval
from uas_server.service.event_times import event_times
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.activity import frame_levels
from uas_signal.levels import active_level_db

LEVELS_DB = (45.0, 35.0, 25.0, 15.0)
NEAR_S = 0.2
BEFORE_S, BEHIND_S = 0.5, 2.0
COVERS_DB = 6.0

Signal = NDArray[np.float32]


@dataclass
class Row:
    """The clips of one condition: errors in seconds of the times that were claimed."""

    clips: int = 0
    starts_s: list[float] = field(default_factory=list)
    ends_s: list[float] = field(default_factory=list)

    def add(self, record: Record, samples: Signal, truth: EventTime, moved_s: float = 0.0) -> None:
        """Compare the claim for one clip with the truth."""
        self.clips += 1
        for claimed in event_times(record.document, samples) or ():
            self.starts_s.append(claimed.start_s - truth.start_s - moved_s)
            if claimed.end_s is not None:
                self.ends_s.append(claimed.end_s - truth.end_s - moved_s)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path, help="records of `uas pipeline simulate`")
    arguments = parser.parse_args()
    print("condition".ljust(30), "clips", *("start".rjust(34), "end".rjust(34)))
    for name, row in rows(arguments.manifest).items():
        print(name.ljust(30), f"{row.clips:5}", said(row.starts_s, row), said(row.ends_s, row))
    print("each: share with a claim; of those within 0.2 s, and its 95 % interval; median error")


def rows(manifest: Path) -> dict[str, Row]:
    """Every condition, in order."""
    names = ["alone", *(f"alone, noise {level:g} dB below" for level in LEVELS_DB)]
    names += ["beside sounds that go on", "under speech"]
    found = {name: Row() for name in names}
    for record, truth in clips(manifest):
        samples = read_audio(manifest.parent / record.audio)
        if record.document.has_voice:
            found["under speech"].add(record, samples, truth)
        elif record.document.non_linguistic_events.continuous_events:
            found["beside sounds that go on"].add(record, samples, truth)
        else:
            found["alone"].add(record, samples, truth)
            for level_db in LEVELS_DB:
                noisy = in_noise(record, samples, truth, level_db)
                if noisy is not None:
                    name = f"alone, noise {level_db:g} dB below"
                    found[name].add(record, noisy, truth, BEFORE_S)
    return found


def clips(manifest: Path) -> Iterator[tuple[Record, EventTime]]:
    """Records with one discrete sound, and its true time."""
    for record in read_records(manifest):
        labels = [event.label for event in record.document.non_linguistic_events.discrete_events]
        if len(labels) == 1:
            (truth,) = (onset for onset in record.onsets if onset.label == labels[0])
            yield record, truth


def in_noise(record: Record, samples: Signal, truth: EventTime, below_db: float) -> Signal | None:
    """The clip with room around it, in noise; None where its own noise is not covered."""
    first, last = (round(at_s * SAMPLE_RATE_HZ) for at_s in (truth.start_s, truth.end_s))
    noise_db = active_level_db(samples[first:last]) - below_db
    if first and float(np.median(frame_levels(samples[:first]))) > noise_db - COVERS_DB:
        return None
    padding = [round(seconds * SAMPLE_RATE_HZ) for seconds in (BEFORE_S, BEHIND_S)]
    padded = np.pad(samples, padding)
    rng = np.random.default_rng(int.from_bytes(record.id.encode()) % (1 << 63))
    noise = make_noise("white", len(padded), rng)
    return np.asarray(padded + noise * np.float32(10 ** (noise_db / 20)), np.float32)


def said(errors_s: list[float], row: Row) -> str:
    """One cell."""
    if not errors_s:
        return "no claim".rjust(34)
    right = sum(abs(error_s) <= NEAR_S for error_s in errors_s)
    interval = wilson_interval(right, len(errors_s))
    median_s = float(np.median(np.abs(errors_s)))
    share = len(errors_s) / row.clips
    near = f"{right / len(errors_s):.3f} ({interval.low:.3f} to {interval.high:.3f})"
    return f"{share:.2f}; {near}; {median_s:.3f} s".rjust(34)


if __name__ == "__main__":
    main()
