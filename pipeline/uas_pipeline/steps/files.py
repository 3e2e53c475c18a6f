"""One step alone, from file to file: for who wants to look between the steps, or to use only one.

Lines are taken one at a time. A result is written whole or not at all.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.corpora.sound import read_sound
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.steps.chunk import outcome_of
from uas_pipeline.steps.clip import Clip
from uas_pipeline.steps.outcomes import Outcome
from uas_pipeline.steps.protocol import Step
from uas_pipeline.validate.checks import validate_line
from uas_pipeline.validate.config import ValidationConfig
from uas_pipeline.validate.violation import Rejection
from uas_schema.records import Record


@dataclass(frozen=True)
class Written:
    """How many lines a step wrote."""

    kept: int
    rejected: int


def run_step(step: Step, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Run a step on clips whose sound is still where the corpus has it; rejections pass."""
    for outcome in outcomes:
        yield outcome if isinstance(outcome, Rejection) else outcome_of(step, _listen, outcome)


def clips_of_records(records: Iterable[Record]) -> Iterator[Clip]:
    """Records as clips for a step that only looks at the record."""
    for record in records:
        voice = Voice(record.speaker, None, None, None)
        text = record.document.transcription or ""
        recording = Recording(record.id, record.corpus, Path(record.audio), record.licence,
                              record.language, text, voice, split=record.split)  # fmt: skip
        yield Clip(recording=recording, record=record)


def validated_lines(path: Path, config: ValidationConfig) -> Iterator[Outcome]:
    """Records of a JSONL file, checked; a line that is no record is a rejection, too."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            record, violations = validate_line(line, config)
            if record is None:
                where = f"{path.name} line {number}"
                yield Rejection.of_line(where, tuple(violations))
            elif violations:
                yield Rejection.of_violations(record, tuple(violations))
            else:
                yield from clips_of_records([record])


def write_result(
    outcomes: Iterable[Outcome], line: Callable[[Clip], str], out: Path, rejects: Path | None
) -> Written:
    """Write kept clips as lines to one file and rejections to another, if it is wanted."""
    kept = rejected = 0
    with ExitStack() as files:
        kept_file = files.enter_context(_whole(out))
        rejects_file = files.enter_context(_whole(rejects)) if rejects else None
        for outcome in outcomes:
            if not isinstance(outcome, Rejection):
                kept += 1
                kept_file.write(line(outcome) + "\n")
                continue
            rejected += 1
            if rejects_file is not None:
                rejects_file.write(outcome.to_json() + "\n")
    return Written(kept, rejected)


def record_line(clip: Clip) -> str:
    """The clip's record. Raises ``ValueError`` when it has none."""
    if clip.record is None:
        raise ValueError(f"{clip.recording.id} has no record: run the synthesize step first")
    return clip.record.to_json()


def _listen(clip: Clip) -> NDArray[np.float32]:
    return read_sound(clip.recording)


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that gets its name when it is written and synced."""
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
