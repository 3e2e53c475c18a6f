"""Heads of stage ``listen`` whose classes are words of the language model.

What the projector makes of a sound is compared with the language model's own embeddings of the
values and labels that a document may name. A sound then enters the language model as something
near the word for it, and what is left to learn there is to copy. One clip costs an encoder pass
here, ten times less than through the language model, which matters for labels with a dozen clips.
Contrastive training of a sound's embedding towards its name is that of CLAP (Elizalde et al. 2023);
here the texts' side is frozen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from uas_schema.document import CLOSED_FIELDS
from uas_training.data.examples import Example
from uas_training.data.sequences import Tokens
from uas_training.encoder import encode_clip
from uas_training.heads import EVENTS, RARE_LABEL_LOGIT, attention

_PROSODY_NOUNS = {"rate": "pace", "pitch": "pitch", "range": "range"}


def texts_of(name: str, values: Sequence[str]) -> list[str]:
    """The values of a head as a document writes them: "slow" of "rate" is "slow pace"."""
    noun = _PROSODY_NOUNS.get(name)
    return [f"{value} {noun}" if noun else value for value in values]


def word_directions(embeddings: Tensor, tokens: Tokens, texts: Sequence[str]) -> Tensor:
    """``[len(texts), d]`` unit vectors: mean embedding of each text, without what all words share.

    Args:
        embeddings: ``[V, d]`` input embeddings of the language model.
        tokens: its tokenizer.
        texts: what to look up.
    """
    table = embeddings.detach().float()
    means = torch.stack([table[tokens.encode_text(text)].mean(dim=0) for text in texts])
    return nn.functional.normalize(means - table.mean(dim=0), dim=1)


@torch.inference_mode()
def mean_projection(encoder: Any, projector: nn.Module, examples: Sequence[Example]) -> Tensor:
    """``[D]`` mean of the projected states of some clips."""
    means = []
    for example in examples:
        states, _ = encode_clip(encoder, example.samples())
        means.append(projector(states)[0].mean(dim=0))
    return torch.stack(means).mean(dim=0).clone()


class WordHeads(nn.Module):
    """One head per question, over the projector's output.

    Args:
        projector: from encoder states ``[B, N, d]`` to the language model's ``[B, N, D]``.
        directions: ``[classes, D]`` of each head, from ``word_directions``.
        centre: ``[D]``, what all projected sounds share; only what differs from it is compared.
        width: d.
    """

    def __init__(
        self, projector: nn.Module, directions: Mapping[str, Tensor], centre: Tensor, width: int
    ) -> None:
        super().__init__()
        self.projector, self.centre = projector, centre
        self.scores = nn.ModuleDict({name: nn.Linear(width, 1) for name in directions})
        self.biases = nn.ParameterDict(
            {
                name: torch.full((len(table),), RARE_LABEL_LOGIT if name == EVENTS else 0.0)
                for name, table in directions.items()
            }
        )
        self.directions = {name: table.clone() for name, table in directions.items()}
        for score in self.scores.values():
            nn.init.zeros_(score.weight)  # type: ignore[arg-type]  # a linear layer's weight

    def forward(self, states: Tensor, real: Tensor) -> dict[str, Tensor]:
        """Logits of every head: name -> ``[B, classes]``."""
        states = states.float()
        projected = self.projector(states) - self.centre
        logits = {}
        for name, table in self.directions.items():
            weights = attention(self.scores[name](states), real)
            logits[name] = (weights * projected).sum(dim=1) @ table.T + self.biases[name]
        return logits


def word_values(values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Texts of the heads that have words: all but the one for voice, which a document spells null.

    ``values`` are those of ``head_values``; heads without values are left out.
    """
    named = (*CLOSED_FIELDS, *_PROSODY_NOUNS, "brightness", "texture", EVENTS)
    return {name: texts_of(name, values[name]) for name in named if values.get(name)}
