"""A corpus of tones with a configuration, and a disk that is soon full."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB. Only root can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    words = [mount or "mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or mount is None or subprocess.run(words, check=False).returncode:  # noqa: S603
        pytest.skip("no right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607
