"""The same steps under Ray give the same bytes; all workers work; a dead one costs only time."""

import os
from collections.abc import Iterator
from functools import partial
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from die_once import DieOnce
from meeting_stage import MeetingStage
from toy_runs import content, finish, run_of

from uas_pipeline.executor.local import LocalExecutor
from uas_pipeline.executor.protocol import Executor, Resources, Stage
from uas_pipeline.run.progress import SilentRun

if TYPE_CHECKING:
    from collections.abc import Callable

    Evidence = Callable[[str, dict[str, object]], None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Ray leaves sockets to the collector
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of Ray's own modules
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # Ray speaks of its next release
]


@pytest.fixture(scope="module")
def ray_executor() -> Iterator[Executor]:
    import ray

    from uas_pipeline.executor.ray import RayExecutor

    root = Path(__file__).parents[3]
    stages = [str(root / "tests" / "support"), str(root / "benchmarks")]
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [before, *stages]))
    yield RayExecutor(cpus=4)
    ray.shutdown()
    os.environ["PYTHONPATH"] = before


def test_ray_makes_the_same_bytes(
    config_file: "Callable[..., Path]",
    tmp_path: Path,
    ray_executor: Executor,
    evidence: "Evidence",
) -> None:
    path = config_file()
    run_of(path, tmp_path / "ray").run(ray_executor, SilentRun())
    files = content(tmp_path / "ray/dataset")
    assert files == finish(path, tmp_path / "local")
    evidence("Pipeline", {"files of the dataset": len(files), "files that differ": 0})


@pytest.mark.parametrize("kind", ["local", "ray"])
def test_a_dead_worker_costs_only_time(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, evidence: "Evidence"
) -> None:
    executor: Executor
    executor = LocalExecutor(2) if kind == "local" else request.getfixturevalue("ray_executor")
    stage = Stage("die", DieOnce(tmp_path / "done").make, Resources(workers=2))
    assert list(executor.map([stage], range(8))) == [item * 2 for item in range(8)]
    assert (tmp_path / "done").exists()
    evidence("Pipeline", {"executor": kind, "workers killed": 1, "items lost or doubled": 0})


def test_all_workers_are_there_from_the_start(tmp_path: Path, ray_executor: Executor) -> None:
    stage = Stage("meet", MeetingStage(tmp_path, workers=2).make, Resources(workers=2))
    processes = list(ray_executor.map([stage], range(12)))
    assert len(set(processes)) == 2


def test_steps_that_do_not_fit_at_once_run_after_each_other(ray_executor: Executor) -> None:
    make = partial(partial, mul, 2)
    stages = [
        Stage(name, make, Resources(cpus=1.5, workers=3)) for name in ("first", "second", "third")
    ]
    assert list(ray_executor.map(stages, range(8))) == [item * 8 for item in range(8)]
