"""Seconds of sound that the `acoustic` describer does in a second of CPU time, on one core.

    OMP_NUM_THREADS=1 python benchmarks/captioning.py [RECORDS.jsonl] [--clips 200] [--profile]

Without a file, the example clip. Audio is decoded before the clock runs; every clip is described
once to warm up and then three times, and the median round counts.
"""

import argparse
import cProfile
import json
import pstats
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.caption.acoustic import AcousticCaptioner
from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.speech import Recording, Voice
from uas_schema.records import read_records
from uas_signal import SAMPLE_RATE_HZ

EXAMPLE = Path(__file__).parents[1] / "examples" / "hello.flac"
TEXT = "Hello! Did somebody just ring the bell? I will open the door."
ROUNDS = 3
Clip = tuple[Recording, NDArray[np.float32]]


def main() -> None:
    """Print how many times real time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("records", nargs="?", type=Path)
    parser.add_argument("--clips", type=int, default=200, help="evenly over the file")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    clips = _clips(arguments.records, arguments.clips) if arguments.records else [_example()]
    captioner = AcousticCaptioner()

    def describe() -> None:
        for recording, samples in clips:
            captioner.caption(recording, samples)

    describe()
    sound_s = sum(len(samples) for _, samples in clips) / SAMPLE_RATE_HZ
    took_s = [_cpu_s(describe) for _ in range(ROUNDS)]
    figures = {
        "clips": len(clips),
        "sound_s": round(sound_s, 1),
        "times real time": round(sound_s / statistics.median(took_s), 1),
        "slowest and fastest": [round(sound_s / one, 1) for one in (max(took_s), min(took_s))],
    }
    print(json.dumps(figures))
    if arguments.profile:
        profile = cProfile.Profile()
        profile.runcall(describe)
        pstats.Stats(profile, stream=sys.stdout).sort_stats("cumtime").print_stats(40)


def _cpu_s(work: Callable[[], None]) -> float:
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def _example() -> Clip:
    return _recording("example", EXAMPLE, "en", TEXT), read_audio(EXAMPLE)


def _clips(manifest: Path, count: int) -> Sequence[Clip]:
    records = list(read_records(manifest))
    step = max(1, len(records) // count)
    chosen = records[::step][:count]
    paths = [manifest.parent / record.audio for record in chosen]
    return [
        (_recording(one.id, path, one.language, one.document.transcription or ""), read_audio(path))
        for one, path in zip(chosen, paths, strict=True)
    ]


def _recording(identity: str, path: Path, language: str, text: str) -> Recording:
    return Recording(
        id=identity, corpus="benchmark", path=path, licence="CC0-1.0", language=language,
        text=text, voice=Voice(None, None, None, None),
    )  # fmt: skip


if __name__ == "__main__":
    main()
