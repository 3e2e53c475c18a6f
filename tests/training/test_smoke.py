"""All four stages and the evaluation, end to end, on a random model and clips made of tones.

``make train-tiny-smoke`` runs this. What is proven is that every stage reads what the one before
left and moves its figure the right way, not that the result is good.
"""

import json
from pathlib import Path
from statistics import fmean

import pytest
from toy_training import write_clips, write_stage

from uas_cli.main import main
from uas_training.curves import read_log
from uas_training.loop import LOG

CLIPS = 36
RANK = 16


def schedule(epochs: int, batch_seconds: float, every: int) -> dict[str, object]:
    return {
        "epochs": epochs, "batch_seconds": batch_seconds, "bf16": False, "threads": 1,
        "evaluate_every_epochs": every,
    }  # fmt: skip


QUIET = {"noise_probability": 0, "speed_probability": 0, "reverb_probability": 0,
         "low_pass_probability": 0, "time_masks": 0, "band_masks": 0, "gain_db": [0, 0],
         "tilt_db": 0}  # fmt: skip


def moved(folder: Path, stage: str, figure: str) -> tuple[float, float]:
    """Mean of a figure of the training log in its first and its last third."""
    training, _ = read_log(folder / stage / LOG)
    values = [value for _, value in training[figure]]
    third = max(1, len(values) // 3)
    return fmean(values[:third]), fmean(values[-third:])


def held_out(folder: Path, stage: str, figure: str) -> tuple[float, float]:
    """A held-out figure at the first and at the last evaluation."""
    _, found = read_log(folder / stage / LOG)
    return found[figure][0][1], found[figure][-1][1]


@pytest.mark.slow
def test_all_stages_move_the_right_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = write_clips(tmp_path / "clips", CLIPS)

    def run(stage: str, **values: object) -> None:
        path = write_stage(tmp_path, stage, manifest, augment=QUIET, **values)
        assert main(["train", "run", str(path)]) == 0

    run("align", schedule=schedule(8, 4.0, 1), codebook_size=16, row_rate=2e-2)
    before, after = held_out(tmp_path, "align", "tts loss")
    assert after < 0.9 * before

    run("adapt", schedule=schedule(6, 4.0, 6), projector_rate=1e-2, kinds={"plain": 1})
    before, after = moved(tmp_path, "adapt", "loss")
    assert after < before

    adapted = str(tmp_path / "adapt")
    run("tune", schedule=schedule(7, 4.0, 7), start=adapted, lora_rank=RANK, lora_rate=1e-2,
        projector_rate=5e-3, kinds={"plain": 1}, questions_per_clip=2)  # fmt: skip
    before, after = moved(tmp_path, "tune", "loss")
    assert after < 0.5 * before

    tuned = str(tmp_path / "tune")
    run("grpo", schedule=schedule(6, 4.0, 1), start=tuned, lora_rank=RANK, lora_rate=4e-3,
        projector_rate=1e-3, replies=8, reply_tokens=8, question_share=1.0)  # fmt: skip
    before, after = moved(tmp_path, "grpo", "reward")
    assert after > before + 0.05
    before, after = held_out(tmp_path, "grpo", "reward/answer")
    assert after >= before

    model = tmp_path / "model"
    assert main(["train", "export", str(tmp_path / "grpo.yaml"), str(model)]) == 0
    assert main(["describe", str(tmp_path / "clips" / "0.flac"), "--model", str(model)]) == 0
    capsys.readouterr()
    assert main([
        "eval", "run", "--model", str(model), "--manifest", str(manifest), "--output",
        str(tmp_path / "eval"), "--limit", "6", "--draft", "none", "--use", "none",
        "--threads", "1",
    ]) == 0  # fmt: skip
    report = json.loads((tmp_path / "eval" / "report.json").read_text(encoding="utf-8"))
    assert report["documents"]["valid"] == 1.0
