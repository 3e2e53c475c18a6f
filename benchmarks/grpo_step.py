"""Time the steps of stage `grpo` beside TRL's own way, which computes a prompt for each reply.

Both draw replies to the same clips, score them, and compute a gradient, in turn. Nothing is learned
or written. Prints a Markdown table.

    python benchmarks/grpo_step.py training/uas_training/configs/tiny/grpo.yaml --rounds 3
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from trl import GRPOTrainer

from uas_training.audio_grpo import AudioGRPOTrainer
from uas_training.config import load_config
from uas_training.run_stage import stage_of
from uas_training.stages.grpo import Grpo


class RowsApart(AudioGRPOTrainer):
    """Every reply with a prompt of its own: TRL's methods, called with the clips."""

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        return {**GRPOTrainer._generate_and_score_completions(self, inputs), **self._audio}

    def _get_per_token_logps_and_entropies(self, model: Any, *args: Any, **options: Any) -> Any:
        def heard(**inputs: Any) -> Any:
            return model(**inputs, **self._audio)

        return GRPOTrainer._get_per_token_logps_and_entropies(self, heard, *args, **options)


WAYS = {"each reply its prompt (TRL)": RowsApart, "a prompt once": AudioGRPOTrainer}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time the steps of stage grpo.")
    parser.add_argument("config", type=Path, help="YAML of a grpo stage")
    parser.add_argument("--rounds", type=int, default=3, help="steps of each way")
    arguments = parser.parse_args(argv)
    config = load_config(arguments.config)
    torch.set_num_threads(config.schedule.threads)
    stage: Any = stage_of(config)
    took_s: dict[str, list[float]] = {name: [] for name in WAYS}
    for number in range(arguments.rounds + 1):
        for name, way in WAYS.items():
            stage.trainer.__class__ = way
            seconds = step_s(stage, number)
            if number:  # the first step of each builds its kernels
                took_s[name].append(seconds)
    slow = statistics.median(took_s[next(iter(WAYS))])
    print("| | s a batch, median | share |\n|---|---|---|")
    for name, all_s in took_s.items():
        median = statistics.median(all_s)
        print(f"| {name} | {median:.2f} | {median / slow:.2f} |")
    return 0


def step_s(stage: Grpo, number: int) -> float:
    """Seconds for the replies to one batch and their gradient; both ways draw the same ones."""
    batches = stage.batches(0)
    torch.manual_seed(number)
    started = time.perf_counter()
    loss: Tensor
    loss, _ = stage.loss(batches[number % len(batches)], np.random.default_rng(number))
    loss.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
    return time.perf_counter() - started


if __name__ == "__main__":
    raise SystemExit(main())
