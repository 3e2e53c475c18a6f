"""What an executor is: items through stages, in order, a bounded number at a time.

A stage gives back a small description of what it made; what it made is in the store. Knows
nothing of clips.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import Field

from uas_schema.strict import Strict

T = TypeVar("T")


class Resources(Strict):
    """What one worker of a stage takes, and how many there may be (None: as many as fit).

    ``threads`` clips of a chunk wait for an endpoint at the same time. ``cpus``, ``gpus`` and
    ``workers`` are for Ray; a share of a GPU such as 0.25 lets four workers use one.
    """

    threads: int = Field(default=1, gt=0)
    cpus: float = Field(default=1.0, ge=0)
    gpus: float = Field(default=0.0, ge=0)
    workers: int | None = Field(default=None, gt=0)


@dataclass(frozen=True)
class Stage(Generic[T]):
    """Work on one item. ``make`` is called once in each process and gives the function; it can be
    pickled."""

    name: str
    make: Callable[[], Callable[[T], T]]
    resources: Resources


class Executor(Protocol):
    """Runs stages."""

    def map(self, stages: Sequence[Stage[T]], items: Iterable[T]) -> Iterator[T]:
        """Every item through all stages, in the order of ``items``, which are taken as needed.

        Raises what a stage raises, and ``PipelineError`` when workers keep dying.
        """
        ...
