"""Clips as audio tokens: fit a codebook on encoder states, and read clips with it.

A codebook is fitted on states of one clip at a time, so a clip has the same tokens whatever else is
in a batch. Disturbed clips are read in batches.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.checkpoint import CODEBOOK_FILE
from uas_model.codebook import Codebook, read_codebook, write_codebook
from uas_training.config import AlignConfig, ConfigError
from uas_training.data.examples import Example
from uas_training.encoder import encode, encode_clip, pad_mels

_BATCH = 4096  # states that move the centroids at once


@torch.no_grad()
def states_of(encoder: Any, example: Example) -> Tensor:
    """Encoder states ``[N, d] float32`` of an undisturbed clip, 25 a second."""
    states, real = encode_clip(encoder, example.samples())
    found: Tensor = states[real].float().cpu()
    return found


def tokens_of(encoder: Any, codebook: Codebook, examples: Sequence[Example]) -> list[list[int]]:
    """Audio tokens of every clip."""
    return [codebook.tokens(states_of(encoder, example)).tolist() for example in examples]


@torch.no_grad()
def ids_of(encoder: Any, vocabulary: AudioVocabulary, mels: Sequence[np.ndarray]) -> Tensor:
    """Token ids of clips as log-mels ``[80, F + 4] float32``, one behind the other: ``[N] int64``.

    In float32 whatever autocast says: a served clip is encoded so, and rounding moves states that
    lie between two centroids.
    """
    with torch.autocast(encoder.conv1.bias.device.type, enabled=False):
        states, real = encode(encoder, *pad_mels(mels))
        return vocabulary.ids(states[real])


def codebook_of(
    config: AlignConfig, encoder: Any, examples: Sequence[Example], fingerprint: str
) -> Codebook:
    """The codebook in the stage's folder, fitted and written first if there is none.

    Raises:
        ConfigError: the folder's codebook is of another configuration, or the clips have fewer
            states than there are centroids.
    """
    path = config.output / CODEBOOK_FILE
    if path.is_file():
        codebook, metadata = read_codebook(path)
        if metadata.get("fingerprint") != fingerprint:
            raise ConfigError(
                f"{path} was made by another configuration; give a new output folder or remove it"
            )
        return codebook
    states = _some_states(config, encoder, examples)
    if len(states) < config.codebook_size:
        raise ConfigError(
            f"codebook_size {config.codebook_size} is more than the {len(states)} states of the "
            "training clips; take a smaller one or more clips"
        )
    codebook = fit(states, config.codebook_size, config.seed)
    write_codebook(codebook, path, {"fingerprint": fingerprint})
    return codebook


def fit(states: Tensor, size: int, seed: int) -> Codebook:
    """``size`` centroids of ``[N, d]`` states by k-means on mini-batches (Sculley 2010)."""
    from sklearn.cluster import MiniBatchKMeans

    means = MiniBatchKMeans(size, random_state=seed, batch_size=_BATCH, n_init=1)
    means.fit(states.numpy())
    return Codebook(torch.from_numpy(means.cluster_centers_.astype(np.float32)))


def _some_states(config: AlignConfig, encoder: Any, examples: Sequence[Example]) -> Tensor:
    """States of clips in random order, until there are ``fitted_states``."""
    order = np.random.default_rng(config.seed).permutation(len(examples))
    found, count = [], 0
    for number in order:
        if count >= config.fitted_states:
            break
        found.append(states_of(encoder, examples[int(number)]))
        count += len(found[-1])
    return torch.cat(found)[: config.fitted_states]
