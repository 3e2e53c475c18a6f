"""Mean tokens of an answer in each arm: what arms of equal samples do not share."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from uas_model.checkpoint import Checkpoint
from uas_schema.prompts import load_prompts
from uas_schema.records import Record
from uas_training.config import SampleKind, WeightsConfig
from uas_training.data.sequences import Writer

_CLIPS = 200  # the mean of more of them is the same to the first digit


def answer_tokens(
    base: Path, records: Sequence[Record], kinds: Mapping[SampleKind, float]
) -> float:
    """Mean tokens of an answer, its end included, for a mixture of kinds."""
    checkpoint = Checkpoint.open(base, verify=False)
    prompts = load_prompts(checkpoint.info.prompt_family)
    writer = Writer(checkpoint.tokenizer, prompts, WeightsConfig())
    total = sum(kinds.values())
    return sum(
        share / total * fmean(_tokens(writer, record, kind) for record in records[:_CLIPS])
        for kind, share in kinds.items()
    )


def _tokens(writer: Writer, record: Record, kind: SampleKind) -> float:
    if kind == "transcript":
        return len(writer.transcript(record)[1].ids)
    if kind == "question":
        return fmean(len(writer.question(item)[1].ids) for item in record.qa)
    text = record.document.transcription or ""
    return len(writer.document(record, kind, text, np.random.default_rng(0))[1].ids)
