"""Packed weights become stages again, so that training goes on from what a repository ships.

Packing keeps what trained and drops the optimizer; a stage that goes on from here warms up anew.
"""

from pathlib import Path

from torch import Tensor

from uas_model.manifest import Manifest
from uas_model.names import ENCODER, PROJECTOR, in_memory_name
from uas_model.trained import TrainedWeights, read_trained
from uas_training.checkpoints import save_tensors
from uas_training.loop import FINAL

LISTEN, TUNE = "listen", "tune"


def unpack(packed: Path, output: Path) -> Manifest:
    """Write ``output/listen`` and ``output/tune`` as those stages would have left them.

    Raises:
        uas_model.errors.ModelError: the folder holds no packed weights, or they are damaged.
    """
    weights, manifest = read_trained(packed)
    metadata = {"unpacked": manifest.name}
    save_tensors(output / LISTEN / FINAL, listen_tensors(weights), metadata)
    save_tensors(output / TUNE / FINAL, tune_tensors(weights), metadata)
    return manifest


def listen_tensors(weights: TrainedWeights) -> dict[str, Tensor]:
    """Encoder and projector under the names of stage ``listen``, in float32."""
    starts = {ENCODER: "encoder.", PROJECTOR: "projector."}
    return {
        start + name.removeprefix(prefix): tensor.float()
        for name, tensor in weights.replaced.items()
        for prefix, start in starts.items()
        if name.startswith(prefix)
    }


def tune_tensors(weights: TrainedWeights) -> dict[str, Tensor]:
    """Projector and language model, factors or weights, as ``tune`` names them, in float32."""
    tensors = {
        in_memory_name(name): tensor.float()
        for name, tensor in weights.replaced.items()
        if not name.startswith(ENCODER)
    }
    for name, adapter in weights.adapters.items():
        layer = in_memory_name(name).removesuffix(".weight")
        tensors |= {f"{layer}.a": adapter.a.float(), f"{layer}.b": adapter.b.float()}
    return tensors
