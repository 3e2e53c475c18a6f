"""Time the steps of a training stage in float32 and in bfloat16, in turn, on this machine.

Which is faster hangs on the processor: without AMX, bfloat16 products may be the slower ones.
Only time is compared; nothing is learned or written. Prints a Markdown table.

    python benchmarks/training_step.py training/uas_training/configs/tiny/tune.yaml --rounds 3
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from uas_training.config import load_config
from uas_training.loop import Stage
from uas_training.run_stage import stage_of

PRECISIONS = {"bfloat16": True, "float32": False}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time the steps of a training stage.")
    parser.add_argument("config", type=Path, help="YAML of an adapt, tune or listen stage")
    parser.add_argument("--rounds", type=int, default=3, help="steps of each precision")
    arguments = parser.parse_args(argv)
    config = load_config(arguments.config)
    torch.set_num_threads(config.schedule.threads)
    stages = {name: stage_of(_with_bf16(config, bf16)) for name, bf16 in PRECISIONS.items()}
    took_s: dict[str, list[float]] = {name: [] for name in stages}
    for number in range(arguments.rounds + 1):
        for name, stage in stages.items():
            seconds = step_s(stage, number)
            if number:  # the first step of each builds its kernels
                took_s[name].append(seconds)
    first = statistics.median(took_s["bfloat16"])
    print("| precision | s a step, median | times bfloat16's |\n|---|---|---|")
    for name, all_s in took_s.items():
        median = statistics.median(all_s)
        print(f"| {name} | {median:.2f} | {median / first:.2f} |")
    return 0


def step_s(stage: Stage, number: int) -> float:
    """Seconds for the gradient of one batch."""
    batches = stage.batches(0)
    started = time.perf_counter()
    loss, _ = stage.loss(batches[number % len(batches)], np.random.default_rng(number))
    loss.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
    return time.perf_counter() - started


def _with_bf16(config: Any, bf16: bool) -> Any:
    return config.model_copy(update={"schedule": config.schedule.model_copy(update={"bf16": bf16})})


if __name__ == "__main__":
    raise SystemExit(main())
