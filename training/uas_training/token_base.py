"""Stages on a base that reads audio tokens: what they refuse, what moves, and what they leave.

The encoder stays the one that the codebook was fitted on, and no projector stands between sound and
language model. In its place the rows of the audio tokens go on learning, as parameters of their own
(`uas_training.new_rows`); all other rows stay as they were.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.checkpoint import AudioInput, Checkpoint
from uas_model.names import EMBEDDINGS, OUTPUT
from uas_training.config import (
    AdaptConfig,
    AlignConfig,
    ConfigError,
    LanguageConfig,
    LowRankConfig,
    TuneConfig,
)
from uas_training.loop import Group
from uas_training.processes import processes

INPUT_ROWS, OUTPUT_ROWS = "model.language_model.embed_tokens.rows", "lm_head.rows"
"""The rows' names in a model, and in what a stage leaves."""

MATRICES: Mapping[str, str] = {INPUT_ROWS: EMBEDDINGS, OUTPUT_ROWS: OUTPUT}
"""The published matrix that each of them is the end of."""


def vocabulary_of(config: LanguageConfig | AlignConfig) -> AudioVocabulary | None:
    """The audio tokens that a stage's base reads, on this process's device; None without any.

    Raises:
        ConfigError: the stage does something that such a base has no place for.
        uas_model.errors.RefusedModel: the base is not right.
    """
    checkpoint = Checkpoint.open(config.base, verify=False)
    check_token_base(config, checkpoint.info.audio)
    vocabulary = AudioVocabulary.of(checkpoint)
    return None if vocabulary is None else vocabulary.to(processes().device)


def check_token_base(config: LanguageConfig | AlignConfig, audio: AudioInput) -> None:
    """Refuse what a base that reads audio tokens has no place for, and speech without such a base.

    Raises:
        ConfigError: names the key and what to do.
    """
    if audio == "tokens" and (problem := next(_problems(config), None)):
        raise ConfigError(f"base {config.base} reads audio tokens: {problem}")
    if audio != "tokens" and isinstance(config, AdaptConfig | TuneConfig) and speaks(config):
        raise ConfigError(
            f"kinds.speech: base {config.base} has no audio tokens to answer with; leave it out, "
            "or name a base that `uas train expand` made"
        )


def speaks(config: LanguageConfig) -> bool:
    """Whether some clips are to be said: their audio tokens are the answer."""
    return config.kinds.get("speech", 0) > 0


def _problems(config: LanguageConfig | AlignConfig) -> Iterator[str]:
    if isinstance(config, AlignConfig):
        yield "it has a codebook already; run 'align' on the base that it was made from"
    if isinstance(config, AdaptConfig):
        yield "no projector is used, which is all that 'adapt' moves; go on with 'tune'"
    if isinstance(config, LowRankConfig) and config.encoder_rate > 0:
        yield (
            f"encoder_rate is {config.encoder_rate:g}, but to another encoder the codebook would "
            "stand for other sounds; set it to 0"
        )
    if config.encoder is not None:
        yield (
            f"encoder {config.encoder} is not the one that its codebook was fitted on; leave it "
            "out, or name it in 'align' and expand that"
        )
    if config.projector is not None:
        yield f"no projector is used; leave projector {config.projector} out"
    if config.run.shard:
        yield "run.shard cannot split a model whose encoder has to stay float32; set false"


def rows_move_apart(config: LanguageConfig | AlignConfig) -> bool:
    """Whether the stage moves the rows of audio tokens by themselves, and not whole matrices."""
    return isinstance(config, LowRankConfig) and config.method == "lora"


def row_group(model: Any, name: str, rate: float) -> Group:
    """Rows of audio tokens by their name in a model that `new_rows.lengthen` has put them into."""
    return Group(rate, {name: dict(model.named_parameters())[name]})


def with_rows(matrix: Tensor, rows: Tensor) -> Tensor:
    """A matrix ``[V, D]`` whose last K rows are ``rows`` ``[K, D]``, in its own type."""
    return torch.cat([matrix[: len(matrix) - len(rows)], rows.to(matrix.dtype)])


def replaced_matrices(tuned: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The base's matrices, by published name, with the rows in them that a stage left.

    Args:
        tuned: tensors of a finished stage; those that are no rows are not looked at.
        base: the base's tensors by published name.
    """
    return {
        published: with_rows(base[published], tuned[name])
        for name, published in MATRICES.items()
        if name in tuned
    }
