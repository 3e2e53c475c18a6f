"""Run stages one after the other in every process that torchrun started.

torchrun --nproc-per-node 2 tests/support/spread_stages.py STAGE.yaml ...
"""

import sys
from pathlib import Path

from torch.distributed.tensor import DTensor

from uas_training import loop
from uas_training.config import AnyConfig, load_config
from uas_training.run_stage import fingerprint, stage_of


def run(config: AnyConfig) -> None:
    stage = stage_of(config)
    weights = [weight for group in stage.groups() for weight in group.weights.values()]
    assert all(isinstance(weight, DTensor) is config.run.shard for weight in weights)
    loop.run(
        stage, config.schedule, seed=config.seed, output=config.output,
        fingerprint=fingerprint(config), how=config.run,
    )  # fmt: skip


if __name__ == "__main__":
    for name in sys.argv[1:]:
        run(load_config(Path(name)))
