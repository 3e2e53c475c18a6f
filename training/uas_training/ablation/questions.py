"""What every run is asked afterwards: the same clips and questions, with even answers.

Perception is every closed question of the records on a field that is not in the words. Speakers
must be unknown to every run.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypedDict

from uas_schema.prompts import YES_NO
from uas_schema.records import QaItem, Record
from uas_training.ablation.clips import usable_records
from uas_training.ablation.config import AblationConfig
from uas_training.ablation.reasoning import WORDS, reasoning_records
from uas_training.config import ConfigError
from uas_training.data.examples import Example, load_examples, read_manifests
from uas_training.evaluation.selection import chosen

PERCEPTION, REASONING = "perception", "reasoning"


class Odds(TypedDict):
    """Number of questions, the share that guessing among the choices gets right, and the share
    that always giving the commonest answer of a kind and field does.
    """

    n: int
    chance: float
    blind: float


@dataclass(frozen=True)
class Questions:
    """Clips with what is asked of them."""

    perception: list[Example]
    reasoning: list[Example]
    transcripts: list[Example]
    documents: list[Example]


def load_questions(config: AblationConfig) -> Questions:
    """Read the records, choose and make the questions, and read the sound.

    Raises:
        ConfigError: a speaker was in the training clips, or a kind of question has no clip.
    """
    asked = config.evaluation
    records = [r for r in read_manifests([asked.manifest]) if r.duration_s <= asked.max_seconds]
    _check_speakers(config, records)
    spoken = [r for r in records if r.document.has_voice and r.known["transcription"] != "none"]
    questions = Questions(
        perception=load_examples(perception_records(chosen(records, asked.perception_clips))),
        reasoning=load_examples(reasoning_records(records, asked.reasoning_questions, asked.seed)),
        transcripts=load_examples(chosen(spoken, asked.transcript_clips)),
        documents=load_examples(chosen(records, asked.document_clips)),
    )
    for kind, examples in vars(questions).items():
        if not examples:
            raise ConfigError(f"{asked.manifest.name} has no clip for {kind}; take another one")
    return questions


def perception_records(records: Sequence[Record]) -> list[Record]:
    """The records with their closed questions on what is heard, yes and no equally often.

    Of yes/no questions on one field, the answer that is given more often loses questions; which
    ones is a matter of their hash.
    """
    answers: dict[tuple[str, str], list[tuple[int, QaItem]]] = defaultdict(list)
    kept: dict[int, list[QaItem]] = defaultdict(list)
    for number, record in enumerate(records):
        for item in record.qa:
            if item.field == WORDS or item.kind == "direct":
                continue
            if item.kind == "choice":
                kept[number].append(item)
            else:
                answers[item.field, item.answer].append((number, item))
    for field in sorted({field for field, _ in answers}):
        sides = [answers[field, answer] for answer in YES_NO]
        for side in sides:
            for number, item in sorted(side, key=_hash)[: min(map(len, sides))]:
                kept[number].append(item)
    return [records[number].replace(qa=tuple(items)) for number, items in sorted(kept.items())]


def odds(questions: Questions) -> dict[str, Odds]:
    """What can be had without hearing, for each group of questions."""
    groups: dict[str, list[QaItem]] = defaultdict(list)
    for example in questions.perception:
        groups[PERCEPTION] += example.record.qa
    for example in questions.reasoning:
        for item in example.record.qa:
            groups[reasoning_name(item.field)].append(item)
    return {name: _odds(items) for name, items in groups.items()}


def count_of(questions: Questions) -> int:
    """How many questions are asked."""
    return sum(len(e.record.qa) for e in (*questions.perception, *questions.reasoning))


def reasoning_name(field: str) -> str:
    """Group of a question that joins facts: both in the words, or one that must be heard."""
    return f"{REASONING} on {'words' if field == WORDS else 'the voice'}"


def _odds(items: Sequence[QaItem]) -> Odds:
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for item in items:
        counts[item.kind, item.field][item.answer] += 1
    return Odds(
        n=len(items),
        chance=fmean(1 / len(item.choices or YES_NO) for item in items),
        blind=sum(max(c.values()) for c in counts.values()) / len(items),
    )


def _hash(entry: tuple[int, QaItem]) -> str:
    number, item = entry
    return hashlib.sha256(f"{number} {item.question} {item.answer}".encode()).hexdigest()


def _check_speakers(config: AblationConfig, records: Sequence[Record]) -> None:
    heard = {record.speaker for record in usable_records(config)} - {None}
    shared = sorted(heard & {record.speaker for record in records} - {None}, key=str)
    if shared:
        raise ConfigError(
            f"speaker {shared[0]!r} of {config.evaluation.manifest.name} is in the training clips; "
            "evaluate on other speakers"
        )
