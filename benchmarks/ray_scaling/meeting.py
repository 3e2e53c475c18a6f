"""Where workers wait until all of them are there; without it, one may have done the work alone."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

_LOOK_S = 0.02


@dataclass(frozen=True)
class Meeting:
    """A place in a folder that all ``workers`` see; it is made when the first one comes."""

    folder: Path
    workers: int
    within_s: float = 300.0

    def attend(self) -> None:
        """Wait for the others, once in each process. Raises ``TimeoutError`` if they stay away."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / str(os.getpid())).touch()
        ends_s = time.monotonic() + self.within_s
        while (come := len(list(self.folder.iterdir()))) < self.workers:
            if time.monotonic() > ends_s:
                raise TimeoutError(
                    f"{come} of {self.workers} workers came within {self.within_s} s"
                )
            time.sleep(_LOOK_S)
