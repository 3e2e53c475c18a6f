"""Each benchmark's sample in its original format, with a tone for every clip, and a fake model."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from uas_training.evaluation.bench.catalogue import ReplyForm, benchmark_named
from uas_training.evaluation.bench.questions import read_entries
from uas_training.evaluation.endpoint import AnswerFailed

SAMPLES = Path(__file__).parents[1] / "data" / "bench" / "sample"
FILES = {
    "mmsu": "mmsu.jsonl",
    "mmau": "mmau.json",
    "mmar": "mmar.json",
    "mmau-pro": "mmau-pro.parquet",
}


class Scripted:
    """Answers with what ``say`` makes of the choices; counts and remembers what it was asked."""

    name = "scripted"

    def __init__(
        self, say: Callable[[Sequence[str]], str | None], reply: ReplyForm = "text"
    ) -> None:
        self.say, self.reply = say, reply
        self.heard: list[NDArray[np.float32] | None] = []

    def answer(
        self, samples: NDArray[np.float32] | None, question: str, choices: Sequence[str]
    ) -> str:
        del question
        self.heard.append(samples)
        said = self.say(choices)
        if said is None:
            raise AnswerFailed("HTTP 500")
        return said


@pytest.fixture
def published(tmp_path: Path) -> Callable[[str], Path]:
    """Copies a benchmark's sample and its clips, half a second each, and gives the file's path."""

    def copy(name: str) -> Path:
        path = tmp_path / FILES[name]
        shutil.copy(SAMPLES / FILES[name], path)
        for clip in _clips(path, name):
            clip.parent.mkdir(exist_ok=True)
            times_s = np.arange(8000) / 16000
            soundfile.write(clip, 0.3 * np.sin(2 * np.pi * 440 * times_s), 16000)
        return path

    return copy


def _clips(path: Path, name: str) -> Iterator[Path]:
    key = benchmark_named(name).keys.audio
    for _, entry in read_entries(path):
        paths = entry[key] if isinstance(entry[key], list) else [entry[key]]
        yield from (path.parent / one for one in paths)


def rewrite(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change the first entry of a JSON file."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    change(entries[0])
    path.write_text(json.dumps(entries), encoding="utf-8")
