"""What keeping kernels of matrix products takes and saves, by how many are kept.

    ONEDNN_PRIMITIVE_CACHE_CAPACITY=64 LRU_CACHE_CAPACITY=64 python benchmarks/kernels.py

oneDNN keeps the kernels, PyTorch their descriptions; 1024 is what both keep by themselves
(`uas_model.runner.memory`). Products are those of a layer of the default model, four for every
length: some lengths that come again and again, as those of choices do in documents, and then 360
that come once. Times are of the CPU, the best of seven rounds. Linux only.
"""

import os
import time
from pathlib import Path

import torch
from torch import Tensor

from uas_model.runner.linear import PackedLinear
from uas_model.runner.memory import give_back

SHAPES = ((960, 576), (576, 576), (3072, 576), (576, 1536))
ROUNDS = 7
COMING_AGAIN = (6, 12, 24)
ONCE = range(40, 400)


def main() -> None:
    """Print one row of a table."""
    torch.set_num_threads(1)
    layers = [PackedLinear(torch.randn(*shape), None) for shape in SHAPES]
    inputs = [torch.randn(ONCE.stop, size).bfloat16() for _, size in SHAPES]
    take(layers, inputs, 50)
    give_back()
    before = anonymous_mib()
    cells = [os.environ.get("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "1024")]
    cells.append(os.environ.get("LRU_CACHE_CAPACITY", "1024"))
    for lengths in COMING_AGAIN:
        rounds = [
            sum(take(layers, inputs, 8 + number) for number in range(lengths))
            for _ in range(1 + ROUNDS)
        ]
        cells.append(f"{1e3 * min(rounds[1:]) / lengths:.1f}")
    for length in ONCE:
        take(layers, inputs, length)
    give_back()
    cells.append(str(anonymous_mib() - before))
    print("| " + " | ".join(cells) + " |")


@torch.inference_mode()
def take(layers: list[PackedLinear], inputs: list[Tensor], length: int) -> float:
    """Multiply `length` rows by every layer; gives the seconds of the CPU."""
    began = time.process_time()
    for layer, rows in zip(layers, inputs, strict=True):
        layer(rows[:length])
    return time.process_time() - began


def anonymous_mib() -> int:
    """Memory of this process that is no file."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    main()
