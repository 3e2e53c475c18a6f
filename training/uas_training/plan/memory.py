"""Memory of one device, by kind, in bytes.

Knows weights, gradients, moments and what FSDP gathers; does not know the allocator, whose
fragments the reserve is for.
"""

from collections.abc import Iterable

from torch import Tensor

from uas_training.config import AnyConfig
from uas_training.plan.shapes import Planned

_MOMENTS = 8  # AdamW's two, float32
_GRADIENT = 4
_LAYERS = (".audio_tower.layers.", ".language_model.layers.")


def static_memory(planned: Planned, config: AnyConfig, count: int) -> dict[str, float]:
    """What stays from step to step in each of ``count`` processes: weights, gradients, moments.

    With sharding also the weights that are gathered at one time: all that is outside layers, two
    layers, and the gradients of as many.
    """
    trainable = planned.trainable.values()
    parts = count if config.run.shard else 1
    moved = sum(weight.numel() for weight in trainable)
    found = {
        "weights": _bytes(planned.weights.values()) / parts,
        "gradients": _GRADIENT * moved / parts,
        "moments": _MOMENTS * moved / parts,
    }
    if parts > 1:
        found["gathered"] = _gathered(planned, 2 if config.schedule.bf16 else 4)
    return found


def checkpoint_bytes(planned: Planned) -> int:
    """Size of ``checkpoint.safetensors``, which one process holds while it is written."""
    return sum(weight.numel() for weight in planned.trainable.values()) * (4 + _MOMENTS)


def _bytes(weights: Iterable[Tensor]) -> int:
    return sum(weight.numel() * weight.element_size() for weight in weights)


def _gathered(planned: Planned, size: int) -> float:
    moving = {id(weight) for weight in planned.trainable.values()}
    outside = 0.0
    layers: dict[tuple[str, str], float] = {}
    for name, weight in planned.weights.items():
        held = weight.numel() * size * (2 if id(weight) in moving else 1)
        kind = next((kind for kind in _LAYERS if kind in name), None)
        if kind is None:
            outside += held
        else:
            layer = name.partition(kind)[2].partition(".")[0]
            layers[kind, layer] = layers.get((kind, layer), 0) + held
    return outside + 2 * max(layers.values(), default=0)
