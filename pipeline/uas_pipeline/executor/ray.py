"""Stages in Ray Data: each stage a pool of actors with its own share of CPUs and GPUs.

Only names of what is in the store travel, so the store's folder must be one that all nodes see. A
worker that dies is replaced and its items are done again.
"""

import pickle
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from uas_pipeline.errors import PipelineError
from uas_pipeline.executor.pools import Room, first_workers, groups
from uas_pipeline.executor.protocol import Resources, Stage

T = TypeVar("T")

_WAVE = 4096  # items that Ray Data gets at a time
_BLOCKS = 256  # how finely they are spread


class RayExecutor:
    """Ray Data on this machine (no ``address``) or on a cluster ("auto", "ray://host:10001")."""

    def __init__(self, address: str | None = None, cpus: int | None = None) -> None:
        """Connect, or start Ray with ``cpus`` (default: all) on this machine.

        Raises ``PipelineError`` when there is no cluster at the address.
        """
        import ray

        if not ray.is_initialized():
            _connect(address, cpus)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.max_errored_blocks = 0

    def map(self, stages: Sequence[Stage[T]], items: Iterable[T]) -> Iterator[T]:
        """Every item through all stages, in order, a wave of items after the other."""
        source = iter(items)
        while wave := list(islice(source, _WAVE)):
            room = _room()
            for group in groups(stages, room):
                wave = _run_wave(group, first_workers(group, room), wave)
            yield from wave


class _Worker:
    """One actor: a stage made once."""

    def __init__(self, stage: bytes) -> None:
        self._run = pickle.loads(stage).make()  # noqa: S301 (made by the driver below)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        item = pickle.loads(row["item"])  # noqa: S301 (made by the driver or the stage before)
        return {"index": row["index"], "item": pickle.dumps(self._run(item))}


def _connect(address: str | None, cpus: int | None) -> None:
    import logging

    import ray

    try:
        ray.init(
            address=address,
            num_cpus=cpus if address is None else None,
            include_dashboard=False if address is None else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError) as error:
        raise PipelineError(f"no Ray cluster at {address!r}: {error}") from error


def _room() -> Room:
    """What the nodes have that are there now, used or not."""
    import ray

    total = ray.cluster_resources()
    return Room(total.get("CPU", 0.0), total.get("GPU", 0.0))


def _run_wave(stages: Sequence[Stage[T]], workers: Sequence[int], wave: Sequence[T]) -> list[T]:
    import ray

    rows = [{"index": index, "item": pickle.dumps(item)} for index, item in enumerate(wave)]
    data = ray.data.from_items(rows, override_num_blocks=min(len(rows), _BLOCKS))
    for stage, first in zip(stages, workers, strict=True):
        data = data.map(
            _Worker,
            fn_constructor_args=(pickle.dumps(stage),),
            num_cpus=stage.resources.cpus,
            num_gpus=stage.resources.gpus,
            compute=ray.data.ActorPoolStrategy(**_pool_sizes(stage.resources, first)),
        )
    done = {row["index"]: pickle.loads(row["item"]) for row in data.iter_rows()}  # noqa: S301
    return [done[index] for index in range(len(wave))]


def _pool_sizes(resources: Resources, first: int) -> dict[str, int]:
    """How many workers Ray keeps at least and has at first; and at most, where that is known.

    By itself Ray starts a second worker only when the first is busy; while that one loads its
    libraries, the first may have done all there is. So ``first`` are asked for at once.
    """
    if resources.workers is None:
        return {"min_size": 1}
    return {"min_size": 1, "initial_size": first, "max_size": resources.workers}
