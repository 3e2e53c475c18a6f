"""A model split over the processes with FSDP, and gradient checkpointing.

Each process holds its part of every weight, gradient and moment, and gathers one layer at a time.
The stages call parts of a model by themselves, so FSDP, which gathers when a module is called, is
given one call to hold on to: `Whole`. Knows nothing of stages or data.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

from uas_training.loop import Group
from uas_training.processes import Processes

Result = TypeVar("Result")


class Whole(nn.Module):
    """A model as one call: `Whole(model)(compute, *arguments)` is `compute(model, *arguments)`."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, compute: Callable[..., Result], *arguments: object) -> Result:
        """Call ``compute`` while the model's weights outside its layers are here as a whole."""
        return compute(self.model, *arguments)


def shard(whole: Whole, processes: Processes, *, bf16: bool) -> None:
    """Split the weights of ``whole`` over the processes, in place; a layer is gathered alone.

    Gathered weights are bfloat16 with ``bf16``; the parts, gradients and moments stay as they are.
    """
    mesh = init_device_mesh(processes.device.type, (processes.count,))
    policy = MixedPrecisionPolicy(
        param_dtype=torch.bfloat16 if bf16 else None,
        reduce_dtype=torch.float32,
        cast_forward_inputs=False,
    )
    model = whole.model.model
    for layer in (*model.audio_tower.layers, *model.language_model.layers):
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(whole, mesh=mesh, mp_policy=policy)


def split_groups(groups: Sequence[Group], model: nn.Module) -> list[Group]:
    """The same groups with the tensors that `shard` has put in place of theirs."""
    named = dict(model.named_parameters())
    return [Group(group.rate, {name: named[name] for name in group.weights}) for group in groups]


def checkpoint_layers(module: Any) -> None:
    """Have every layer of a transformers module compute its activations again on the way back."""
    module.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
