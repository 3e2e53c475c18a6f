"""Run an ablation, or go on with it, and write its table.

A killed run goes on from its checkpoint and from the answers that it gave; a finished one is not
made again. The table is written after every call, of the runs that are finished.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from uas_cli.command import say
from uas_schema.records import Record
from uas_schema.strict import nearest
from uas_training.ablation.clips import prepare_clips
from uas_training.ablation.config import (
    MANIFEST,
    START,
    AblationConfig,
    Run,
    arm_before,
    clips_folder,
    questions_beside,
    run_folder,
    run_stage_config,
    runs_of,
    start_stage,
    writes_documents,
)
from uas_training.ablation.estimate import estimate_s
from uas_training.ablation.measuring import Measured, measure, read_measured
from uas_training.ablation.merging import trained_listener
from uas_training.ablation.paper import load_paper
from uas_training.ablation.plot import draw
from uas_training.ablation.questions import PERCEPTION, Questions, odds
from uas_training.ablation.report import markdown
from uas_training.ablation.results import check_settings, read_result, write_result
from uas_training.ablation.tally import Summary, gains, summaries
from uas_training.ablation.tokens import answer_tokens
from uas_training.config import AnyConfig, ConfigError
from uas_training.data.examples import read_manifests
from uas_training.data.texts import read_texts
from uas_training.evaluation.bench.progress import Progress
from uas_training.loop import CHECKPOINT, FINAL
from uas_training.run_stage import run_stage
from uas_training.whole_files import write_whole

TABLE, PAGE, PLOT = "table.json", "table.md", "table.svg"

Train = Callable[[AnyConfig], Path]
"""Runs a stage to its end, or goes on with it."""


def wanted_runs(
    config: AblationConfig, arms: Sequence[str] | None = None, most: int | None = None
) -> list[Run]:
    """Runs that are not finished: of some arms and those that they go on from, at most so many.

    Raises:
        ConfigError: an arm that the configuration has not.
    """
    for arm in arms or ():
        if arm not in config.arms:
            raise ConfigError(f"no arm {arm!r}: {nearest(arm, list(config.arms))}")
    chosen = set(config.arms if arms is None else arms)
    chosen |= {earlier for arm in chosen if (earlier := arm_before(config, arm)) is not None}
    left = [
        run for run in runs_of(config) if run.arm in chosen and read_result(config, run) is None
    ]
    return left[:most]


def estimate(config: AblationConfig, runs: Sequence[Run], questions: Questions) -> str:
    """What is to be done and how long it may take, in words."""
    hours = estimate_s(config, runs, questions) / 3600
    return f"{len(runs)} of {len(runs_of(config))} runs to do: about {hours:.1f} h"


def run_ablation(
    config: AblationConfig,
    runs: Sequence[Run],
    questions: Questions,
    progress: Progress,
    *,
    name: str,
    train: Train = run_stage,
) -> dict[str, Any]:
    """Do the runs and return the table of all that are finished; ``name`` is the YAML's.

    Raises:
        ConfigError: data, texts or base are missing, or the folder holds another ablation.
    """
    torch.set_num_threads(config.schedule.threads)
    _check_texts(config, runs)
    check_settings(config)
    prepare_clips(config)
    _start(config, questions, train)
    for run in progress.over(runs, "runs"):
        say(f"{run.name} ...")
        _run(config, run, questions, train)
    report = {"command": f"uas train ablation {name}", **_report(config, questions)}
    _write(config, report)
    return report


def _check_texts(config: AblationConfig, runs: Sequence[Run]) -> None:
    """Find out now, and not hours later, that texts of a run are missing."""
    for run in runs:
        text = run_stage_config(config, run).text
        if text is not None:
            read_texts(text.manifests)


def _write(config: AblationConfig, report: Mapping[str, Any]) -> None:
    write_whole(config.output / TABLE, json.dumps(report, indent=1) + "\n")
    write_whole(config.output / PAGE, markdown(report))
    draw(report, config.output / PLOT)


def _start(config: AblationConfig, questions: Questions, train: Train) -> None:
    stage = start_stage(config)
    if not (stage.output / FINAL).is_file():
        say(f"{START} ...")
        train(stage)
    measure(trained_listener(stage), questions, config.output / START, documents=False)


def _run(config: AblationConfig, run: Run, questions: Questions, train: Train) -> None:
    earlier = arm_before(config, run.arm)
    if earlier is not None:
        _trained(config, Run(earlier, run.seed), train)
    stage = run_stage_config(config, run)
    fresh = not (stage.output / CHECKPOINT).is_file()
    began = time.monotonic()
    _trained(config, run, train)
    folder = run_folder(config, run)
    documents = writes_documents(config, run.arm)
    measure(trained_listener(stage), questions, folder, documents=documents)
    write_result(config, run, time.monotonic() - began if fresh else None)


def _trained(config: AblationConfig, run: Run, train: Train) -> None:
    stage = run_stage_config(config, run)
    if not (stage.output / FINAL).is_file():
        train(stage)


def _report(config: AblationConfig, questions: Questions) -> dict[str, Any]:
    done = {arm: _measured(config, arm, questions) for arm in config.arms}
    start = summaries({config.seeds[0]: read_measured(questions, config.output / START)})
    known = odds(questions)
    return {
        "samples": config.samples,
        "seeds": list(config.seeds),
        "missing": [run.name for run in runs_of(config) if run.seed not in done[run.arm]],
        "odds": known,
        "testable": {name: _is_testable(name, start, one["chance"]) for name, one in known.items()},
        "start": start,
        "arms": {arm: _arm(config, arm, runs) for arm, runs in done.items() if runs},
        "gains": gains({arm: runs for arm, runs in done.items() if runs}),
        "paper": load_paper().model_dump(mode="json"),
    }


def _is_testable(name: str, start: Mapping[str, Summary], chance: float) -> bool:
    """Reasoning counts only where the start is above guessing, perception always."""
    return name == PERCEPTION or start[name]["over_speakers"][0] > chance


def _measured(config: AblationConfig, arm: str, questions: Questions) -> dict[int, Measured]:
    runs = [Run(arm, seed) for seed in config.seeds]
    return {
        run.seed: read_measured(questions, run_folder(config, run))
        for run in runs
        if read_result(config, run) is not None
    }


def _arm(config: AblationConfig, arm: str, runs: Mapping[int, Measured]) -> dict[str, Any]:
    records = read_manifests([clips_folder(config, min(runs)) / MANIFEST])
    return {
        "kinds": config.arms[arm],
        "after": arm_before(config, arm),
        "answer_tokens": _tokens(config, arm, records),
        "figures": summaries(runs),
    }


def _tokens(config: AblationConfig, arm: str, records: Sequence[Record]) -> float:
    """Of a clip's answers, those of the arm that it goes on from with them."""
    earlier, questions = arm_before(config, arm), questions_beside(config, arm)
    own = answer_tokens(config.base, records, config.arms[arm], questions=questions)
    return own if earlier is None else own + _tokens(config, earlier, records)
