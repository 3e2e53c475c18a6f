"""Low-rank adaptation (Hu et al. 2021) of a language model's linear layers.

The base weights stay frozen, in bfloat16 so that autocast need not copy them every step; the two
factors train in float32. ``merged`` gives the plain weight that the shipped checkpoint holds.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class LoraLinear(nn.Module):
    """``base(x) + scale * b(a(x))``; ``b`` starts at zero, so the layer starts unchanged."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        self.base, self.scale = base, alpha / rank
        self.a = nn.Parameter(torch.empty(rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, states: Tensor) -> Tensor:
        """``[..., in]`` to ``[..., out]``."""
        low = nn.functional.linear(states, self.a.to(states.dtype))
        change: Tensor = nn.functional.linear(low, self.b.to(states.dtype))
        unchanged: Tensor = self.base(states)
        return unchanged + change * self.scale

    def merged(self) -> Tensor:
        """``[out, in] float32`` weight with the adaptation folded in."""
        return self.base.weight.float() + self.scale * (self.b @ self.a)


def add_lora(model: nn.Module, rank: int, alpha: float) -> None:
    """Replace every linear layer named in ``TARGETS`` inside ``model``, in place."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if name in TARGETS and isinstance(child, nn.Linear):
                setattr(parent, name, LoraLinear(child, rank, alpha))


def lora_layers(model: nn.Module) -> Iterator[tuple[str, LoraLinear]]:
    """Adapted layers with their path inside ``model``."""
    for name, module in model.named_modules():
        if isinstance(module, LoraLinear):
            yield name, module
