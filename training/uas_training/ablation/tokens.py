"""Mean tokens of a clip's answers in each arm: what arms of equal samples do not share."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from uas_model.audio_tokens import audio_token_count
from uas_model.checkpoint import Checkpoint
from uas_schema.prompts import load_prompts
from uas_schema.records import Record
from uas_signal import SAMPLE_RATE_HZ
from uas_training.config import SampleKind, WeightsConfig
from uas_training.data.sequences import Writer

_CLIPS = 200  # the mean of more of them is the same to the first digit


def answer_tokens(
    base: Path, records: Sequence[Record], kinds: Mapping[SampleKind, float], *, questions: int = 0
) -> float:
    """Mean tokens of a clip's answers, their ends included, for a mixture of kinds.

    ``questions`` more questions of every clip are answered beside it.
    """
    checkpoint = Checkpoint.open(base, verify=False)
    prompts = load_prompts(checkpoint.info.prompt_family)
    writer = Writer(checkpoint.tokenizer, prompts, WeightsConfig())
    whole = sum(kinds.values())
    shares: dict[SampleKind, float] = {kind: share / whole for kind, share in kinds.items()}
    if questions:
        shares["question"] = shares.get("question", 0) + questions
    return sum(
        share * fmean(_tokens(writer, record, kind) for record in records[:_CLIPS])
        for kind, share in shares.items()
    )


def _tokens(writer: Writer, record: Record, kind: SampleKind) -> float:
    if kind == "transcript":
        return len(writer.transcript(record)[1].ids)
    if kind == "speech":
        count = audio_token_count(round(record.duration_s * SAMPLE_RATE_HZ))
        return len(writer.speech(record, count).branches[0].ids)
    if kind == "question":
        return fmean(len(writer.question(item)[1].ids) for item in record.qa)
    text = record.document.transcription or ""
    return len(writer.document(record, kind, text, np.random.default_rng(0))[1].ids)
