"""Export a stage in a process of its own that kills itself with SIGKILL before its n-th tensor.

python tests/support/dying_export.py STAGE.yaml FOLDER N
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from uas_training.exporting import Export, export

ItemT = TypeVar("ItemT")


class Dying:
    """Watches a loop until its n-th item, where `die` is called."""

    def __init__(self, items: int, die: Callable[[], None]) -> None:
        self.left, self.die = items, die

    def over(self, items: Sequence[ItemT], name: str) -> Iterator[ItemT]:
        del name
        for item in items:
            self.left -= 1
            if self.left == 0:
                self.die()
            yield item


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    # A file for every tensor: some of them are on the disk when it dies.
    dying = Dying(int(sys.argv[3]), killed)
    export(Path(sys.argv[1]), Path(sys.argv[2]), Export(shard_bytes=1), dying)
