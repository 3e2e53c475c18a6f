"""What the model gets to hear and which draft it is shown: the true ones, or controls.

A model that listens must fall to the majority on noise and on another clip's sound, and must not
follow a wrong transcript.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uas_model.draft import Drafter
from uas_schema.records import Record
from uas_training.data.examples import Example
from uas_training.evaluation.json_lines import end_last_line, read_objects
from uas_training.evaluation.noise import SEED, noise_like

Samples = NDArray[np.float32]
AudioKind = Literal["true", "noise", "shuffled", "none"]
DraftKind = Literal["whisper", "truth", "wrong", "empty", "none"]


def heard_samples(kind: AudioKind, examples: Sequence[Example], number: int) -> Samples | None:
    """What is played for example ``number``.

    ``noise`` has the clip's length and level but no other trace of it; ``shuffled`` is the sound of
    another clip, the same for every run; ``none`` is no audio at all.
    """
    own = examples[number].samples()
    if kind == "true":
        return own
    if kind == "none":
        return None
    if kind == "noise":
        return noise_like(own, [SEED, number])
    return examples[other_number(len(examples), number)].samples()


def other_number(count: int, number: int) -> int:
    """Another example's number: a fixed cyclic order of all examples, so none keeps its own."""
    order = np.random.default_rng(SEED).permutation(count)
    place = int(np.flatnonzero(order == number)[0])
    return int(order[(place + 1) % count])


def draft_text(
    kind: DraftKind, records: Sequence[Record], number: int, whisper: Mapping[str, str]
) -> str | None:
    """The draft for record ``number``; ``whisper`` holds drafted texts by record id."""
    if kind == "none":
        return None
    if kind == "empty":
        return ""
    if kind == "whisper":
        return whisper[records[number].id]
    if kind == "truth":
        return records[number].document.transcription or ""
    voiced = [record.document.transcription for record in records if record.document.has_voice]
    wrong = [text for text in voiced if text and text != records[number].document.transcription]
    return wrong[int(np.random.default_rng([SEED, number]).integers(len(wrong)))]


def whisper_drafts(path: Path, examples: Sequence[Example], drafter: Drafter) -> dict[str, str]:
    """Drafts by record id, kept in the JSONL file ``path``, made only where missing."""
    drafts = {entry["id"]: entry["text"] for entry in read_objects(path)}
    path.parent.mkdir(parents=True, exist_ok=True)
    end_last_line(path)
    with path.open("a", encoding="utf-8") as file:
        for example in examples:
            if example.record.id not in drafts:
                text = drafter.draft(example.samples()).text
                drafts[example.record.id] = text
                file.write(json.dumps({"id": example.record.id, "text": text}) + "\n")
    return drafts
