"""A stage that is killed with SIGKILL goes on to the weights of one that was not."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from toy_training import write_clips, write_stage

from uas_training.checkpoints import load_tensors
from uas_training.config import load_config
from uas_training.loop import FINAL, LOG
from uas_training.run_stage import run_stage

DYING = Path(__file__).parents[1] / "support" / "dying_stage.py"
SCHEDULE = {
    "epochs": 2, "batch_seconds": 2.0, "bf16": False, "threads": 1, "checkpoint_minutes": 0.0,
    "evaluate_every_epochs": 2,
}  # fmt: skip
STAGES: dict[str, dict[str, object]] = {
    "align": {"codebook_size": 16},
    "grpo": {"lora_rank": 2, "replies": 2, "reply_tokens": 4},
}


def write(folder: Path, stage: str, manifest: Path) -> Path:
    folder.mkdir()
    return write_stage(folder, stage, manifest, schedule=SCHEDULE, **STAGES[stage])


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_goes_on_to_the_same_weights(
    tmp_path: Path, stage: str, environment: Mapping[str, str]
) -> None:
    manifest = write_clips(tmp_path / "clips", 12)
    killed = write(tmp_path / "killed", stage, manifest)
    dead = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, str(DYING), str(killed), "4"],
        env={**environment, "PYTHONPATH": f"{environment['PYTHONPATH']}:{DYING.parent}"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    output = tmp_path / "killed" / stage
    assert not (output / FINAL).exists()
    run_stage(load_config(killed))
    run_stage(load_config(write(tmp_path / "whole", stage, manifest)))
    found, _ = load_tensors(output / FINAL)
    whole, _ = load_tensors(tmp_path / "whole" / stage / FINAL)
    assert found.keys() == whole.keys()
    assert all(torch.equal(found[name], whole[name]) for name in whole)
    assert not list(output.glob("*.unfinished"))
    assert (output / LOG).read_text().count("\n") > 0
