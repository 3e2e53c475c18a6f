"""Which stages hold workers at the same time, and how many, so that none waits for another's place.

A worker holds its place until its stage has had every item. Were more workers asked for than fit,
the stages at the end could get all places and the first, which feeds them, none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from uas_pipeline.executor.protocol import Resources, Stage


@dataclass(frozen=True)
class Room:
    """The CPUs and GPUs there are for workers."""

    cpus: float
    gpus: float

    def holds(self, workers: Sequence[Resources]) -> bool:
        """Whether all these workers fit at once, up to the rounding of shares."""
        cpus = sum(worker.cpus for worker in workers)
        gpus = sum(worker.gpus for worker in workers)
        return cpus <= self.cpus + 1e-6 and gpus <= self.gpus + 1e-6


def groups(stages: Sequence[Stage[Any]], room: Room) -> list[list[Stage[Any]]]:
    """The stages in order, in as few runs as can each have a worker of all their stages at once.

    A stage too large for the room stands alone.
    """
    found: list[list[Stage[Any]]] = []
    for stage in stages:
        if found and room.holds([other.resources for other in (*found[-1], stage)]):
            found[-1].append(stage)
        else:
            found.append([stage])
    return found


def first_workers(group: Sequence[Stage[Any]], room: Room) -> list[int]:
    """How many workers of each stage to start at first: one each, then one more of each in turn, as
    far as they are wanted and fit together. A stage that names no number begins with one."""
    counts = [1] * len(group)
    held = [stage.resources for stage in group]
    grew = True
    while grew:
        grew = False
        for index, stage in enumerate(group):
            wanted = stage.resources.workers or 1
            if counts[index] < wanted and room.holds([*held, stage.resources]):
                counts[index] += 1
                held.append(stage.resources)
                grew = True
    return counts
