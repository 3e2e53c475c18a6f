"""How far a run is: clips done, clips a second, and the share that was rejected."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class RunProgress(Protocol):
    """Something that watches a run."""

    def advance(self, clips: int, rejected: int) -> None:
        """Take in that a chunk is done."""
        ...


class SilentRun:
    """Shows nothing."""

    def advance(self, clips: int, rejected: int) -> None:
        """Forget it."""


class RunBar:
    """A line on standard error; use ``run_bar``."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, TextColumn, TimeElapsedColumn

        self._rejected = 0
        self.bar = Progress(
            TextColumn("{task.description}"),
            TextColumn("{task.completed}"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[share]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task = self.bar.add_task("clips", total=None, rate="", share="")

    def advance(self, clips: int, rejected: int) -> None:
        """Show a chunk more."""
        self._rejected += rejected
        self.bar.advance(self._task, clips)
        task = self.bar.tasks[0]
        rate = task.completed / task.elapsed if task.elapsed else 0.0
        self.bar.update(
            self._task,
            rate=f"{rate:.1f} clips/s",
            share=f"{self._rejected / max(task.completed, 1):.1%} rejected",
        )


@contextmanager
def run_bar() -> Iterator[RunBar]:
    """A bar while the block lasts."""
    shown = RunBar()
    with shown.bar:
        yield shown
