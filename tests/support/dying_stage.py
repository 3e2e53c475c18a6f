"""Run a stage in a process of its own that kills itself with SIGKILL before its n-th loss.

python tests/support/dying_stage.py STAGE.yaml N
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from uas_training import loop
from uas_training.config import load_config
from uas_training.run_stage import fingerprint, stage_of


class Dying:
    """A stage until its n-th loss, where `die` is called; all else goes to the real one."""

    def __init__(self, stage: loop.Stage, losses: int, die: Callable[[], None]) -> None:
        self.stage, self.left, self.die = stage, losses, die

    def __getattr__(self, name: str) -> object:
        return getattr(self.stage, name)

    def loss(self, batch: list[int], rng: np.random.Generator) -> object:
        self.left -= 1
        if self.left == 0:
            self.die()
        return self.stage.loss(batch, rng)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(path: Path, losses: int) -> None:
    config = load_config(path)
    stage = Dying(stage_of(config), losses, killed)
    loop.run(stage, config.schedule, seed=config.seed, output=config.output,
             fingerprint=fingerprint(config))  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
