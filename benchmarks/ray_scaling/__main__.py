"""Time the caption step under Ray with one worker and with two, by turns.

    OMP_NUM_THREADS=1 PYTHONPATH=benchmarks python -m ray_scaling --items 60 --rounds 5

"span" is from the first item's start to the last one's end. Workers wait for each other before
their first item, so neither the start of Ray nor of a worker is in it; a worker's is in the wall
time. ``cores`` is the CPU time of the workers over the span: one worker on an idle machine has 1.0
and two have 2.0. Where it is less, the machine was busy, and the speed-up says nothing; where it is
not, and the speed-up is low, the work was badly split.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from ray_scaling.meeting import Meeting
from ray_scaling.work import Captioning, Item
from uas_pipeline.executor.protocol import Resources, Stage
from uas_pipeline.executor.ray import RayExecutor

CLIP = Path(__file__).parents[2] / "examples" / "hello.flac"
TEXT = "Hello! Did somebody just ring the bell? I will open the door."
_FREE_CPUS = 2  # of Ray's count, for what reads the items: no worker waits for a place


def main() -> None:
    """Print a line for each round, and the medians with their ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--captions", type=int, default=10, help="descriptions of the clip an item")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    # Ray makes its workers as nice as can be (15); beside other work that would time the others.
    os.environ.setdefault("RAY_worker_niceness", "0")
    executor = RayExecutor(cpus=arguments.workers + _FREE_CPUS)
    found: dict[int, list[dict[str, float]]] = defaultdict(list)
    for number in range(arguments.rounds):
        turns = (1, arguments.workers)
        for workers in turns if number % 2 == 0 else turns[::-1]:
            figures = _round(executor, workers, arguments.items, arguments.captions)
            found[workers].append(figures)
            print(json.dumps({"round": number, "workers": workers, **figures}), flush=True)
    one, many = (_medians(found[workers]) for workers in (1, arguments.workers))
    speed_up = {name: round(one[name] / many[name], 3) for name in ("span_s", "wall_s")}
    print(json.dumps({"one": one, "many": many, "speed-up": speed_up}))


def _round(executor: RayExecutor, workers: int, items: int, captions: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        make = Captioning(CLIP, TEXT, Meeting(Path(folder), workers)).make
        stage = Stage("caption", make, Resources(workers=workers))
        began_s = time.monotonic()
        done = list(executor.map([stage], [Item(index, captions) for index in range(items)]))
        wall_s = time.monotonic() - began_s
    span_s = max(item.ended_s for item in done) - min(item.began_s for item in done)
    cpu_s = sum(item.cpu_s for item in done)
    by_worker = {item.worker: 0 for item in done}
    for item in done:
        by_worker[item.worker] += 1
    return {
        "wall_s": round(wall_s, 3),
        "span_s": round(span_s, 3),
        "cpu_s": round(cpu_s, 3),
        "cores": round(cpu_s / span_s, 3),
        "fewest items of a worker": min(by_worker.values()) if len(by_worker) == workers else 0,
    }


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


if __name__ == "__main__":
    main()
