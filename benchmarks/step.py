"""Time one pass of the language model against the memory bandwidth measured in the same run.

A step of one token reads every weight once, so bytes over bandwidth is the floor. The rounds of
bandwidth and steps alternate, so that a busy machine slows both. Prints a Markdown table.

    python benchmarks/step.py CHECKPOINT --threads 2
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from uas_model.checkpoint import Checkpoint
from uas_model.runner.cached_forward import tree_mask
from uas_model.runner.kv_cache import KvCache
from uas_model.runner.linear import Precision
from uas_model.runner.runner import Runner
from uas_schema.skeleton import STRING_PATTERN

BYTES_READ = 512 << 20
PRECISIONS: tuple[Precision, ...] = ("int8", "bf16", "fp32")


@dataclass(frozen=True)
class Row:
    """One kind of pass: median milliseconds, and times the floor (None where bytes do not rule)."""

    name: str
    milliseconds: float
    times_floor: float | None


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--context", type=int, default=300, help="tokens cached before the pass")
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args(argv)
    torch.set_num_threads(arguments.threads)
    checkpoint = Checkpoint.open(arguments.checkpoint, verify=False)
    print(f"{arguments.threads} threads, {arguments.context} tokens cached, medians\n")
    print("| pass | ms | times the bandwidth floor |\n|---|---|---|")
    for precision in PRECISIONS:
        runner = Runner.load(checkpoint.path, checkpoint.tokenizer, precision)
        for row in measure(runner, arguments.context, arguments.rows, arguments.rounds):
            floor = "" if row.times_floor is None else f"{row.times_floor:.2f}"
            print(f"| {row.name} | {row.milliseconds:.2f} | {floor} |", flush=True)
    return 0


@torch.inference_mode()
def measure(runner: Runner, context: int, rows: Sequence[int], rounds: int) -> list[Row]:
    """Time passes of so many rows, each with the scores after its last token."""
    model = runner.language_model
    cache = KvCache.empty(model.config.cache_shape(context + max(rows), runner.precision))
    cache.tokens = [0] * context
    memory = torch.ones(BYTES_READ // 4)

    def one_pass(count: int) -> None:
        mask, positions = tree_mask(context, count, ())
        hidden = model.forward(model.embed([9] * count), cache, positions, mask)
        model.logits(hidden[-1:])

    found = []
    for count in rows:
        reads, passes = alternate(memory.sum, lambda count=count: one_pass(count), rounds)  # type: ignore[misc]
        floor_s = model.step_bytes / (BYTES_READ / reads)
        name = f"{runner.precision}, {count} token{'s' if count > 1 else ''}"
        found.append(Row(name, passes * 1e3, passes / floor_s if count == 1 else None))
    return [*found, mask_row(runner, rounds)]


def mask_row(runner: Runner, rounds: int) -> Row:
    """What a constraint adds to a step inside a string."""
    guide = runner.vocabulary.guides.get(STRING_PATTERN)
    state = guide.after(guide.start, runner.vocabulary.quote_id)
    token = runner.vocabulary.encode("a")[0]
    scores = torch.randn(runner.vocabulary.size)

    def constrain() -> None:
        scores.masked_fill(guide.forbidden(state), -torch.inf)
        guide.after(state, token)

    _, seconds = alternate(lambda: None, constrain, rounds * 10)
    return Row(f"mask and automaton alone ({runner.precision})", seconds * 1e3, None)


def alternate(
    first: Callable[[], object], second: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Median seconds of both, run in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for kept, work in zip(times, (first, second), strict=True):
            started = time.perf_counter()
            work()
            kept.append(time.perf_counter() - started)
    return statistics.median(times[0][1:]), statistics.median(times[1][1:])


if __name__ == "__main__":
    raise SystemExit(main())
