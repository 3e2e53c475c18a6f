"""Work on many things in several processes, in order, with a progress bar."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from uas_pipeline.simulate.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Workers:
    """``jobs`` processes; one job is done in this process."""

    jobs: int
    progress: Progress

    def each(
        self, work: Callable[[Item], Result], items: Sequence[Item], name: str
    ) -> Iterator[Result]:
        """Results of ``work`` in the order of ``items``; what it raises is raised here.

        With more than one job, ``work`` and its items have to be picklable.
        """
        if self.jobs <= 1:
            yield from (work(item) for item in self.progress.over(items, name))
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.jobs, mp_context=context) as pool:
            done = pool.map(work, items)
            for _ in self.progress.over(items, name):
                yield next(done)
