"""Tones with a gender, an emotion and words, and a random model, for an ablation in seconds."""

from pathlib import Path

import pytest
import yaml
from tiny_checkpoint import build_tiny_checkpoint
from toy_training import write_clips

from uas_schema.records import QaItem, Record, read_records, write_records

TEXTS = ("Good morning little sister.", "Seven horses cross the river.", "Where is the garden?")
EMOTIONS = ("Anger", "Sadness", "Neutral")
SCHEDULE = {
    "epochs": 1, "batch_seconds": 2.0, "bf16": False, "threads": 1, "checkpoint_minutes": 0.0,
}  # fmt: skip
PACE = dict.fromkeys(
    ("training_clips_per_s", "questions_per_s", "transcripts_per_s", "documents_per_s"), 2.0
)


def toned(record: Record, number: int, speakers: str) -> Record:
    """A toy record with words, an emotion and closed questions on what is heard."""
    voice = record.document.paralinguistics
    emotion = EMOTIONS[number % 3]
    questions = (
        QaItem(question="Who speaks?", answer=voice.gender or "", kind="choice", field="gender",
               choices=("Male", "Female")),
        QaItem(question=f"Is it {emotion}?", answer=("yes", "no")[number % 2], kind="yes_no",
               field="emotion"),
        QaItem(question="Which is said?", answer="this", kind="choice", field="transcription",
               choices=("this", "that")),
    )  # fmt: skip
    document = record.document.replace(
        transcription=TEXTS[number // 2 % 3], paralinguistics=voice.replace(emotion=emotion)
    )
    return record.replace(
        document=document, known=record.known | {"emotion": "truth"}, qa=questions,
        speaker=f"{speakers}{number % 4}",
    )  # fmt: skip


def write_manifest(folder: Path, count: int, speakers: str) -> Path:
    path = write_clips(folder, count)
    records = [toned(record, n, speakers) for n, record in enumerate(read_records(path))]
    write_records(path, records)
    return path


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint ``base``, and manifests ``train`` and ``dev`` of other speakers."""
    folder = tmp_path_factory.mktemp("ablation")
    build_tiny_checkpoint(folder / "base")
    write_manifest(folder / "train", 12, "heard")
    write_manifest(folder / "dev", 6, "new")
    return folder


def write_ablation(folder: Path, material: Path, **changes: object) -> Path:
    """The YAML of a small ablation into ``folder``."""
    values = {
        "base": str(material / "base"),
        "output": str(folder / "ablation"),
        "clips": {"manifests": [str(material / "train" / "train.jsonl")]},
        "samples": 8,
        "arms": {
            "asr": {"transcript": 1},
            "uas": {"plain": 1},
            "qa": {"question": 1},
            "uas+qa": {"plain": 1, "question": 1},
        },
        "seeds": [1, 2],
        "start": {"clips": 4, "projector_rate": 1e-3},
        "learning": {"lora_rank": 2},
        "schedule": SCHEDULE,
        "augment": {"noise_probability": 0, "speed_probability": 0},
        "evaluation": {
            "manifest": str(material / "dev" / "train.jsonl"),
            "perception_clips": 4,
            "reasoning_questions": 8,
            "transcript_clips": 2,
            "document_clips": 1,
        },
        "pace": PACE,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ablation.yaml"
    path.write_text(yaml.safe_dump(values | changes, sort_keys=False), encoding="utf-8")
    return path
