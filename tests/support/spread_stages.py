"""Run stages one after the other in every process that torchrun started.

torchrun --nproc-per-node 2 tests/support/spread_stages.py STAGE.yaml ...
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor, distributed
from torch.distributed.tensor import DTensor

from uas_training import loop
from uas_training.config import AnyConfig, load_config
from uas_training.processes import processes, whole
from uas_training.run_stage import fingerprint, stage_of
from uas_training.stages.grpo import Grpo


def run(config: AnyConfig) -> None:
    stage = stage_of(config)
    weights = [weight for group in stage.groups() for weight in group.weights.values()]
    assert all(isinstance(weight, DTensor) is config.run.shard for weight in weights)
    if isinstance(stage, Grpo):
        stage.trainer.reward_funcs[0] = letters
        assert_one_loss(stage, config.replies)
    loop.run(
        stage, config.schedule, seed=config.seed, output=config.output,
        fingerprint=fingerprint(config), how=config.run,
    )  # fmt: skip
    assert_same_everywhere([float(whole(weight.detach()).double().sum()) for weight in weights])


def letters(completions: Sequence[str], **_: object) -> list[float]:
    """A reward that random weights can earn: the share of letters."""
    return [sum(map(str.isalpha, text)) / max(1, len(text)) for text in completions]


def assert_one_loss(stage: Grpo, replies: int) -> None:
    """All processes' tokens make one loss; replies are compared with those to their own clip."""
    key = list(stage.tasks)[processes().rank]
    stage.model.train()
    drawn = stage.trainer.draw([key])
    tokens: Tensor = drawn["completion_mask"].sum()
    distributed.all_reduce(tokens)
    assert int(drawn["num_items_in_batch"]) == int(tokens)
    assert drawn["advantages"].shape == (replies,)
    assert float(drawn["advantages"].sum().abs()) < 1e-4
    stage.trainer.figures()


def assert_same_everywhere(sums: Sequence[float]) -> None:
    found: list[object] = [None] * processes().count
    distributed.all_gather_object(found, list(sums))
    assert found == [found[0]] * len(found)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        run(load_config(Path(name)))
