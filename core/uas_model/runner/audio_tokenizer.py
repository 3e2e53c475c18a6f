"""Samples to ids of audio tokens: the one place where a served clip becomes tokens.

Our own loop looks up their rows; for vLLM they stand in the prompt. Training reads the same tokens
off the stock modules (`tests/training/test_token_base.py` compares the two).
"""

from __future__ import annotations

import json

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.checkpoint import Checkpoint
from uas_model.errors import BadCheckpoint
from uas_model.names import ENCODER
from uas_model.runner.audio_encoder import AudioEncoder
from uas_model.shards import read_tensors


class AudioTokenizer:
    """The encoder with the codebook behind it.

    Args:
        encoder: the one that the codebook was fitted on.
        vocabulary: of the audio tokens.
    """

    def __init__(self, encoder: AudioEncoder, vocabulary: AudioVocabulary) -> None:
        self._encoder = encoder
        self._vocabulary = vocabulary

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> AudioTokenizer | None:
        """That of a checkpoint, which reads its encoder alone; None where clips are no tokens.

        Raises:
            BadCheckpoint: codebook and tokenizer do not fit each other, or the encoder is of
                another kind.
        """
        vocabulary = AudioVocabulary.of(checkpoint)
        if vocabulary is None:
            return None
        config = json.loads((checkpoint.path / "config.json").read_text(encoding="utf-8"))
        stored = read_tensors(checkpoint.path)
        weights = {name: tensor for name, tensor in stored.items() if name.startswith(ENCODER)}
        if not weights:
            raise BadCheckpoint(
                f"{checkpoint.info.name} has no tensors {ENCODER}*, and audio tokens are made by "
                "the encoder of AudioFlamingo3 alone"
            )
        return cls(AudioEncoder(config["audio_config"], weights), vocabulary)

    @torch.inference_mode()
    def ids(self, samples: NDArray[np.float32]) -> Tensor:
        """Token ids of a clip `[T] float32` at 16 kHz, at most 30 s: `[audio tokens] int64`."""
        return self._vocabulary.ids(self._encoder.hear(samples))
