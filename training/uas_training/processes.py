"""The processes that train together: where each computes, and what they tell each other.

`torchrun` and `accelerate launch` start one process for each device and name it in the environment;
accelerate reads that. Alone, every function here hands back what it was given. Knows no stage.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, distributed
from torch.distributed.tensor import DTensor, distribute_tensor


@dataclass(frozen=True)
class Processes:
    """This process among ``count``; ``rank`` 0 writes the files."""

    device: torch.device
    count: int = 1
    rank: int = 0

    @property
    def first(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def average_gradients(self, weights: Iterable[Tensor]) -> None:
        """Replace each gradient by its mean over the processes; one that has none counts as 0.

        What FSDP has split is left: it has done that.
        """
        if self.count == 1:
            return
        for weight in weights:
            if isinstance(weight, DTensor):
                continue
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
            distributed.all_reduce(weight.grad)
            weight.grad.div_(self.count)

    def told_by_first(self, value: bool) -> bool:
        """What process 0 holds, in all of them: clocks differ, and a save needs everybody."""
        if self.count == 1:
            return value
        flag = torch.tensor(int(value), device=self.device)
        distributed.broadcast(flag, src=0)
        return bool(flag)

    @contextmanager
    def first_goes_first(self) -> Iterator[None]:
        """Process 0 does what is inside alone, the others after it: they find what it wrote."""
        if self.count > 1 and not self.first:
            distributed.barrier()
        yield
        if self.count > 1 and self.first:
            distributed.barrier()

    def collect(self, sums: dict[str, list[float]]) -> dict[str, list[float]]:
        """The values of every process, by name."""
        if self.count == 1:
            return sums
        found: list[Any] = [None] * self.count
        distributed.all_gather_object(found, sums)
        merged: dict[str, list[float]] = {}
        for one in found:
            for name, values in one.items():
                merged.setdefault(name, []).extend(values)
        return merged


@cache
def processes() -> Processes:
    """The processes of this run; joins them at the first call."""
    if "WORLD_SIZE" not in os.environ and not torch.cuda.is_available():
        return Processes(torch.device("cpu"))
    from accelerate import PartialState  # half a second that a run on a CPU need not wait for

    state = PartialState(cpu=not torch.cuda.is_available())
    return Processes(state.device, state.num_processes, state.process_index)


def whole(tensor: Tensor) -> Tensor:
    """The tensor of which FSDP has given this process a part; every process has to ask."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def part_like(target: Tensor, full: Tensor) -> Tensor:
    """``full`` on the device of ``target``, split as that one is."""
    moved = full.to(target.device)
    if isinstance(target, DTensor):
        return distribute_tensor(moved, target.device_mesh, target.placements)
    return moved
