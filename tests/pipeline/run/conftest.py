"""A corpus of tones with a configuration, and what a dataset's folder holds."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from toy_corpora import tone_file, write

CLIPS = 18
Changes = dict[str, object]


@pytest.fixture
def config_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a corpus of 18 clips, one of them rejected by a step, and its configuration."""

    def make(**changes: object) -> Path:
        lines = []
        for number in range(CLIPS):
            write(tmp_path / f"audio/{number}.flac", tone_file(seconds=0.1 + 0.01 * number))
            text = "unwanted" if number == 7 else f"This is sentence number {number}."
            speaker = f"s{number % 5}"
            line = {"id": f"c/{number}", "audio": f"audio/{number}.flac", "text": text}
            lines.append(json.dumps(line | {"speaker": speaker, "language": "en"}))
        write(tmp_path / "manifest.jsonl", "\n".join(lines) + "\n")
        corpus = {"format": "jsonl", "name": "toy", "licence": "CC0-1.0"}
        settings: Changes = {
            "name": "toy-run",
            "corpora": [corpus | {"manifest": "manifest.jsonl"}],
            "split": {"by": "speaker", "development": 0.3},
            "chunk_clips": 3,
            "shard_clips": 9,
        }
        return write(tmp_path / "run.yaml", json.dumps(settings | changes))

    return make
