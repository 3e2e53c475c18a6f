"""Records to audit, with audio made of tones, and what judges say of them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from uas_schema.document import Event, NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.records import KNOWN_FIELDS, KnownField, Record, write_records

RATE_HZ = 16_000
HOSTILE = (
    "</script><script>window.hacked = 1</script><!-- --> <img src=x onerror=hack()> ]]> \u2028 é"
)


def voiced(
    identity: str, *, text: str = "Hello there.", emotion: str | None = "Neutral",
    age: str = "Adult", labels: Sequence[str] = (), corpus: str = "toy", language: str = "en",
    seconds: float = 1.0,
) -> Record:  # fmt: skip
    """A record of a voice; emotion is known "truth", or "none" when it is None."""
    voice = Paralinguistics(
        age=age, gender="Female", emotion=emotion, accent=None,
        prosody="slow pace, low pitch, wide range", timbre="dark, clear",
    )  # fmt: skip
    document = UasDocument(
        transcription=text, paralinguistics=voice, non_linguistic_events=_events(labels)
    )
    unknown = {"accent": "none", "emotion": "truth" if emotion else "none"}
    return record_of(identity, document, unknown, corpus, language).replace(duration_s=seconds)


def silent(identity: str, *, labels: Sequence[str] = (), corpus: str = "toy") -> Record:
    """A record without a voice."""
    events = [Event(label=label, characteristic="short, dark") for label in labels]
    return record_of(identity, UasDocument.no_voice("Animal sound, no speech", events), {}, corpus)


def record_of(
    identity: str, document: UasDocument, known: Mapping[KnownField, str], corpus: str = "toy",
    language: str = "en",
) -> Record:  # fmt: skip
    """Any document; known "truth" but for ``known``."""
    return Record(
        id=identity, audio=f"{corpus}.flac", sample_rate_hz=RATE_HZ, duration_s=1.0,
        language=language, speaker=None, corpus=corpus, licence="CC0-1.0", split="train",
        document=document, known=dict.fromkeys(KNOWN_FIELDS, "truth") | known,
    )  # fmt: skip


def write_corpus(folder: Path, records: Sequence[Record]) -> Path:
    """A JSONL file of records, and one FLAC for all clips of a corpus."""
    for name, seconds in {(record.audio, record.duration_s) for record in records}:
        soundfile.write(folder / name, swell(seconds), RATE_HZ)
    path = folder / "records.jsonl"
    write_records(path, records)
    return path


def swell(seconds: float = 1.0) -> NDArray[np.float32]:
    """A tone that gets louder: ``[T] float32``."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (0.4 * times / seconds * np.sin(2 * np.pi * 220 * times)).astype(np.float32)


def judged(
    sample: str, judge: str, verdicts: Sequence[tuple[str, str, str] | tuple[str, str, str, str]]
) -> dict[str, object]:
    """An exported file: (item, attribute, verdict) or with a correction."""
    names = ("item", "attribute", "verdict", "correction")
    return {
        "version": 1, "sample": sample, "judge": judge, "exported": "2026-01-01T00:00:00.000Z",
        "judgements": [dict(zip(names, one, strict=False)) for one in verdicts],
    }  # fmt: skip


def write_judged(path: Path, file: Mapping[str, object]) -> Path:
    path.write_text(json.dumps(file), "utf-8")
    return path


def _events(labels: Sequence[str]) -> NonLinguisticEvents:
    events = tuple(Event(label=label, characteristic="short, dark") for label in labels)
    return NonLinguisticEvents(description="Speech in a quiet room", discrete_events=events,
                               continuous_events=())  # fmt: skip
