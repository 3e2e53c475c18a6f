"""Something to train on in seconds: tone voices as records, a random checkpoint, stage files."""

from pathlib import Path

import numpy as np
import soundfile
import yaml
from tiny_checkpoint import build_tiny_checkpoint

from uas_schema.document import NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.records import QaItem, Record, write_records

SAMPLE_RATE_HZ = 16_000
VOICES = {"Male": (110.0, "Good day."), "Female": (220.0, "Hello.")}
_KNOWN = ("transcription", "age", "gender", "discreteEvents", "continuousEvents")


def write_clips(folder: Path, count: int) -> Path:
    """``count`` clips of half a second and their manifest; speaker "s0" is one in six."""
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for number in range(count):
        gender = list(VOICES)[number % 2]
        f0_hz, text = VOICES[gender]
        soundfile.write(folder / f"{number}.flac", _tone(f0_hz, number), SAMPLE_RATE_HZ)
        records.append(_record(number, gender, text))
    write_records(folder / "train.jsonl", records)
    return folder / "train.jsonl"


def write_stage(folder: Path, stage: str, manifest: Path, **values: object) -> Path:
    """A stage's YAML on the clips and a random checkpoint, which is made if it is not there."""
    base = folder / "base"
    if not base.is_dir():
        build_tiny_checkpoint(base)
    known = {
        "stage": stage, "base": str(base), "output": str(folder / stage), "seed": 3,
        "data": {"manifests": [str(manifest)], "hold_out_speakers": ["s0"]},
    }  # fmt: skip
    path = folder / f"{stage}.yaml"
    path.write_text(yaml.safe_dump(known | values), encoding="utf-8")
    return path


def _tone(f0_hz: float, seed: int) -> np.ndarray:
    """Harmonics of a steady pitch near ``f0_hz``, with a little noise."""
    rng = np.random.default_rng(seed)
    times = np.arange(SAMPLE_RATE_HZ // 2) / SAMPLE_RATE_HZ
    own_hz = f0_hz * rng.uniform(0.95, 1.05)
    voice = sum(np.sin(2 * np.pi * n * own_hz * times) / n for n in range(1, 12))
    return (0.1 * voice + 1e-3 * rng.standard_normal(len(times))).astype(np.float32)


def _record(number: int, gender: str, text: str) -> Record:
    document = UasDocument(
        transcription=text,
        paralinguistics=Paralinguistics(
            age="Adult", gender=gender, emotion=None, accent=None, prosody=None, timbre=None
        ),
        non_linguistic_events=NonLinguisticEvents(
            description=None, discrete_events=(), continuous_events=()
        ),
    )
    questions = (
        QaItem(question="Who speaks?", answer=gender, kind="direct", field="gender"),
        QaItem(question="Is it an adult?", answer="yes", kind="yes_no", field="age"),
    )
    return Record(
        id=f"tone-{number}", audio=f"{number}.flac", sample_rate_hz=SAMPLE_RATE_HZ,
        duration_s=0.5, language="en", speaker=f"s{number // 2 % 6}", corpus="tones",
        licence="CC0-1.0", split="train", document=document, known=dict.fromkeys(_KNOWN, "truth"),
        qa=questions,
    )  # fmt: skip
