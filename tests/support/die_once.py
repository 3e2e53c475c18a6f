"""A stage whose process is killed at one item, once; an executor has to do the item again."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path


@dataclass(frozen=True)
class DieOnce:
    """Doubles numbers and kills its process at 3, once: the file says that it was done."""

    done: Path

    def make(self) -> Callable[[int], int]:
        return partial(_die_once, self.done)


def _die_once(done: Path, item: int) -> int:
    if item == 3 and not done.exists():
        done.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item * 2
