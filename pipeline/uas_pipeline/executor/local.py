"""Stages in processes of this machine.

Every process goes through all stages of an item. One that dies is replaced and its item is done
again. When the parent dies, however it does, the processes end too.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any, Generic, TypeVar

from uas_pipeline.errors import PipelineError
from uas_pipeline.executor.protocol import Stage

T = TypeVar("T")

_WAITING_PER_JOB = 2
_DEATHS_IN_A_ROW = 3


class LocalExecutor:
    """``jobs`` processes; with one job everything runs in this process."""

    def __init__(self, jobs: int = 1) -> None:
        self._jobs = jobs

    def map(self, stages: Sequence[Stage[T]], items: Iterable[T]) -> Iterator[T]:
        """Every item through all stages, in order."""
        if self._jobs == 1:
            return map(_through(stages), items)
        return _Pool(stages, self._jobs).map(items)


def _through(stages: Sequence[Stage[T]]) -> Callable[[T], T]:
    functions = [stage.make() for stage in stages]

    def run(item: T) -> T:
        for function in functions:
            item = function(item)
        return item

    return run


class _Pool(Generic[T]):
    """Processes and the items that they are at, oldest first."""

    def __init__(self, stages: Sequence[Stage[T]], jobs: int) -> None:
        self._stages, self._jobs = stages, jobs
        self._waiting: deque[tuple[T, Future[T]]] = deque()
        self._deaths = 0

    def map(self, items: Iterable[T]) -> Iterator[T]:
        self._start()
        try:
            for item in items:
                self._waiting.append((item, self._submit(item)))
                if len(self._waiting) > _WAITING_PER_JOB * self._jobs:
                    yield self._oldest()
            while self._waiting:
                yield self._oldest()
        finally:
            self._stop()

    def _oldest(self) -> T:
        while True:
            item, future = self._waiting[0]
            try:
                done = future.result()
            except BrokenProcessPool:
                self._restart(item)
            else:
                self._waiting.popleft()
                self._deaths = 0
                return done

    def _submit(self, item: T) -> Future[T]:
        try:
            return self._pool.submit(_work, item)
        except BrokenProcessPool as error:  # found out when the item's turn comes
            broken: Future[T] = Future()
            broken.set_exception(error)
            return broken

    def _restart(self, item: T) -> None:
        self._deaths += 1
        if self._deaths == _DEATHS_IN_A_ROW:
            raise PipelineError(
                f"a process died {self._deaths} times in a row at {item}: it may need more memory "
                "than there is; use fewer --jobs"
            )
        self._stop()
        self._start()
        self._waiting = deque((item, self._submit(item)) for item, _ in self._waiting)

    def _start(self) -> None:
        before = set(multiprocessing.active_children())
        self._pool = ProcessPoolExecutor(
            self._jobs,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prepare,
            initargs=(self._stages,),
        )
        self._before = before

    def _stop(self) -> None:
        """End the processes; what they are at is thrown away."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - self._before:
            child.terminate()
        self._pool.shutdown(wait=True)


_stages: Sequence[Stage[Any]]


def _prepare(stages: Sequence[Stage[Any]]) -> None:
    """Keep the stages of this process; it ends with its parent, and ctrl-C is the parent's."""
    global _stages  # noqa: PLW0603 (a pool's process has no other place for what it keeps)
    _stages = stages
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@cache
def _function() -> Callable[[Any], Any]:
    """The stages, made at the first item: what cannot be made is then that item's error."""
    return _through(_stages)


def _work(item: Any) -> Any:
    return _function()(item)
