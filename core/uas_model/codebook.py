"""An audio tokenizer: the states of an encoder become the numbers of their nearest centroids.

Knows neither how centroids are fitted nor what the tokens are good for.
"""

from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from uas_model.errors import BadCheckpoint

_CENTROIDS = "centroids"


@dataclass(frozen=True)
class Codebook:
    """Centroids ``[K, d] float32`` of encoder states at 25 a second."""

    centroids: Tensor

    def __len__(self) -> int:
        """Number of audio tokens, K."""
        return len(self.centroids)

    @torch.no_grad()
    def tokens(self, states: Tensor) -> Tensor:
        """Nearest centroid of each state, ``[N, d]`` to ``[N] int64``; of equals the first.

        Raises:
            BadCheckpoint: the states have another width than the codebook.
        """
        if states.dim() != 2 or states.shape[1] != self.centroids.shape[1]:
            raise BadCheckpoint(
                f"states of shape {tuple(states.shape)} do not fit a codebook of width "
                f"{self.centroids.shape[1]}; take the encoder that it was fitted on"
            )
        # |s - c|^2 without |s|^2, which is the same for every centroid.
        distances = self.centroids.square().sum(dim=1) - 2 * states.float() @ self.centroids.T
        return distances.argmin(dim=1)


def audio_token_names(size: int) -> list[str]:
    """Control tokens of a codebook in the order of its centroids: "<|audio_0|>" and so on."""
    return [audio_token_name(number) for number in range(size)]


def audio_token_name(number: int) -> str:
    """Control token of one centroid."""
    return f"<|audio_{number}|>"


def audio_tokens_of(tokenizer: Tokenizer) -> list[str]:
    """The control tokens of a codebook that a vocabulary has."""
    names = map(audio_token_name, count())
    return list(takewhile(lambda name: tokenizer.token_to_id(name) is not None, names))


def write_codebook(codebook: Codebook, path: Path, metadata: dict[str, str] | None = None) -> None:
    """Write a codebook as safetensors, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    save_file({_CENTROIDS: codebook.centroids.contiguous()}, unfinished, metadata=metadata)
    unfinished.replace(path)


def codebook_size(path: Path) -> int:
    """Number of centroids in a file, which is not read.

    Raises:
        BadCheckpoint: there is no such file, or it holds no codebook.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return int(file.get_slice(_CENTROIDS).get_shape()[0])
    except (OSError, SafetensorError) as error:
        raise BadCheckpoint(f"{path.name} holds no codebook; fit it again") from error


def read_codebook(path: Path) -> tuple[Codebook, dict[str, str]]:
    """Read a codebook and the text that was written beside it.

    Raises:
        BadCheckpoint: there is no such file, or it holds no codebook.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return Codebook(file.get_tensor(_CENTROIDS).float()), file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise BadCheckpoint(f"{path.name} holds no codebook; fit it again") from error
