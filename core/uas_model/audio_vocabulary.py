"""The audio tokens in a checkpoint's vocabulary: from encoder states to ids in a prompt.

Knows no encoder: what makes the states is `uas_model.runner.audio_tokenizer` when serving and
`uas_training.encoder` in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from uas_model.checkpoint import Checkpoint
from uas_model.codebook import Codebook, audio_token_names, read_codebook
from uas_model.errors import BadCheckpoint
from uas_model.tokens import TextTokens


@dataclass(frozen=True)
class AudioVocabulary:
    """Ids of audio tokens, which follow each other.

    Attributes:
        codebook: says which token a state is.
        first_id: id of audio token 0.
    """

    codebook: Codebook
    first_id: int

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> AudioVocabulary | None:
        """The audio tokens of a checkpoint; None where clips are projected states.

        Raises:
            BadCheckpoint: the codebook cannot be read, or the tokenizer does not have its tokens.
        """
        path = checkpoint.codebook_path
        if path is None:
            return None
        codebook, _ = read_codebook(path)
        return cls(codebook, _first_id(checkpoint.tokenizer, len(codebook)))

    @property
    def token_ids(self) -> range:
        """Ids of all audio tokens."""
        return range(self.first_id, self.first_id + len(self.codebook))

    def to(self, device: torch.device) -> AudioVocabulary:
        """The same on a device, where it takes states that are there."""
        return replace(self, codebook=Codebook(self.codebook.centroids.to(device)))

    def ids(self, states: Tensor) -> Tensor:
        """Ids of encoder states, `[N, d]` to `[N] int64`.

        Raises:
            BadCheckpoint: the states have another width than the codebook.
        """
        return self.first_id + self.codebook.tokens(states)


def put_sounds(ids: Sequence[int], audio_id: int, sounds: Sequence[Sequence[int]]) -> list[int]:
    """A prompt's ids with those of the clips in the places that `audio_id` marks, in order.

    Raises:
        ValueError: there are more places than ids, or fewer.
    """
    places = sum(token == audio_id for token in ids)
    if places != sum(map(len, sounds)):
        raise ValueError(
            f"the prompt has {places} audio placeholders and the clips have "
            f"{[len(sound) for sound in sounds]} audio tokens"
        )
    heard = (token for sound in sounds for token in sound)
    return [next(heard) if token == audio_id else token for token in ids]


def _first_id(tokens: TextTokens, size: int) -> int:
    found = [tokens.control(name) for name in audio_token_names(size)]
    if found != list(range(found[0], found[0] + size)):
        raise BadCheckpoint(
            "the ids of the audio tokens do not follow each other; write the checkpoint again with "
            "uas train expand"
        )
    return found[0]
