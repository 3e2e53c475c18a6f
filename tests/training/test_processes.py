"""Two processes learn what one learns that accumulates their batches, split over them or not."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from toy_training import write_clips, write_stage

from uas_training.checkpoints import load_tensors
from uas_training.config import ConfigError, load_config
from uas_training.loop import CHECKPOINT, FINAL, LOG
from uas_training.run_stage import run_stage

SPREAD = Path(__file__).parents[1] / "support" / "spread_stages.py"
SCHEDULE = {"epochs": 1, "batch_seconds": 1.0, "bf16": False, "threads": 1,
            "evaluate_every_epochs": 1}  # fmt: skip
LORA = {"lora_rank": 2, "lora_rate": 1e-3}
FULL = {"method": "full", "full_rate": 1e-4, "encoder_rate": 1e-4}
STAGES: dict[str, tuple[str, dict[str, object], dict[str, object]]] = {
    "copies": ("tune", LORA, {}),
    "sharded": ("tune", FULL, {"shard": True, "gradient_checkpointing": True}),
    "written": ("grpo", {"lora_rank": 2, "replies": 2, "reply_tokens": 4}, {}),
    "texts": ("tune", LORA, {}),
    "rows": ("align", {"codebook_size": 16}, {}),
    "heads": ("listen", {}, {"audio_in_memory": False}),
}


def write(folder: Path, name: str, manifest: Path, **run: object) -> Path:
    stage, values, how = STAGES[name]
    folder.mkdir(parents=True)
    text = {"text": {"manifests": [str(write_texts(folder))], "share": 0.5}}
    values = values | (text if name in WITH_TEXTS else {})
    return write_stage(folder, stage, manifest, schedule=SCHEDULE, run={**how, **run}, **values)


def write_texts(folder: Path) -> Path:
    texts = [{"prompt": f"What is {n}?", "completion": f"It is {n}."} for n in range(60)]
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps(text) + "\n" for text in texts), encoding="utf-8")
    return path


WITH_TEXTS = ("texts", "sharded")
SPREADABLE = [name for name in STAGES if name != "written"]


def in_two_processes(environment: Mapping[str, str], *configs: Path) -> None:
    done = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2",
         "--master-port", "0", "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0",
         str(SPREAD), *map(str, configs)],
        env={**environment, "OMP_NUM_THREADS": "1"}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def losses(output: Path) -> list[float]:
    lines = (output / LOG).read_text(encoding="utf-8").splitlines()
    return [entry["loss"] for entry in map(json.loads, lines) if "loss" in entry]


@pytest.mark.slow
def test_two_processes_learn_what_one_does(tmp_path: Path, environment: Mapping[str, str]) -> None:
    manifest = write_clips(tmp_path / "clips", 14)
    spread = {name: write(tmp_path / "two" / name, name, manifest) for name in SPREADABLE}
    in_two_processes(environment, *spread.values(), spread["sharded"])  # the last goes on
    for name in SPREADABLE:
        alone = write(tmp_path / "one" / name, name, manifest, accumulate=2)
        one, two = run_stage(load_config(alone)), load_config(spread[name]).output
        expected, _ = load_tensors(one / FINAL)
        found, _ = load_tensors(two / FINAL)
        assert found.keys() == expected.keys(), name
        for tensor, value in expected.items():
            torch.testing.assert_close(
                found[tensor], value, rtol=1e-3, atol=2e-5, msg=lambda m, n=tensor: f"{n}: {m}"
            )
        assert losses(two) == pytest.approx(losses(one), rel=1e-3), name


@pytest.mark.slow
def test_two_processes_learn_from_rewards_together(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    """What is one loss and the same in both is looked at in the processes, by their script."""
    manifest = write_clips(tmp_path / "clips", 14)
    path = write(tmp_path / "two", "written", manifest)
    in_two_processes(environment, path, path)  # the second time it goes on
    config = load_config(path)
    tensors, _ = load_tensors(config.output / FINAL)
    assert any(tensor.any() for name, tensor in tensors.items() if name.endswith(".b"))
    lines = [json.loads(line) for line in (config.output / LOG).read_text().splitlines()]
    assert all("reward" in line for line in lines)
    steps = [line["step"] for line in lines if "loss" in line]
    assert steps == sorted(set(steps))
    assert steps[-1] == lines[-1]["step"]
    with pytest.raises(ConfigError, match="made by another configuration"):
        run_stage(config)  # alone it would take other batches


def test_a_checkpoint_of_other_steps_is_refused(tmp_path: Path) -> None:
    manifest = write_clips(tmp_path / "clips", 4)
    path = write(tmp_path / "stage", "copies", manifest)
    config = load_config(path)
    run_stage(config)
    assert (config.output / CHECKPOINT).is_file()
    other = config.model_copy(update={"run": config.run.model_copy(update={"accumulate": 4})})
    with pytest.raises(ConfigError, match=r"made with 1 batches a step and this run has 4"):
        run_stage(other)


@pytest.mark.parametrize("name", ["copies", "written"])
def test_checkpointing_and_sound_on_disk_change_no_bit(tmp_path: Path, name: str) -> None:
    manifest = write_clips(tmp_path / "clips", 4)
    plain = run_stage(load_config(write(tmp_path / "a", name, manifest)))
    frugal = {"gradient_checkpointing": True, "audio_in_memory": False}
    saved = run_stage(load_config(write(tmp_path / "b", name, manifest, **frugal)))
    expected, _ = load_tensors(plain / FINAL)
    found, _ = load_tensors(saved / FINAL)
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_full_tuning_moves_the_language_model_and_starts_no_factors(tmp_path: Path) -> None:
    manifest = write_clips(tmp_path / "clips", 4)
    folder = tmp_path / "stage"
    folder.mkdir()
    path = write_stage(folder, "tune", manifest, schedule=SCHEDULE, **FULL)
    tensors, _ = load_tensors(run_stage(load_config(path)) / FINAL)
    assert "lm_head.weight" in tensors
    assert not [name for name in tensors if name.endswith((".a", ".b"))]
    later = tmp_path / "later"
    later.mkdir()
    low_rank = write_stage(later, "tune", manifest, schedule=SCHEDULE, **LORA)
    lost = write_stage(
        later, "tune", manifest, schedule=SCHEDULE, start=str(run_stage(load_config(low_rank))),
        **FULL,
    )  # fmt: skip
    with pytest.raises(ConfigError, match="method 'full' would lose"):
        run_stage(load_config(lost))
    start = str(load_config(low_rank).output)
    adapted = write_stage(later, "adapt", manifest, schedule=SCHEDULE, start=start)
    with pytest.raises(ConfigError, match="stage 'adapt' would lose; export that stage"):
        run_stage(load_config(adapted))


class Listed:
    """A tracker of accelerate's that keeps what it is told."""

    name = "listed"
    requires_logging_directory = False
    told: list[tuple[int, dict[str, float]]]

    def __init__(self, run_name: str) -> None:
        self.run_name, type(self).told = run_name, []

    def start(self) -> None:
        """Nothing to open."""

    def log(self, values: dict[str, float], step: int) -> None:
        self.told.append((step, values))

    def finish(self) -> None:
        self.told.append((-1, {}))


def test_trackers_are_told_what_the_log_holds(tmp_path: Path) -> None:
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS

    LOGGER_TYPE_TO_CLASS["listed"] = Listed
    manifest = write_clips(tmp_path / "clips", 4)
    output = run_stage(load_config(write(tmp_path / "a", "copies", manifest, trackers=["listed"])))
    lines = [json.loads(line) for line in (output / LOG).read_text().splitlines()]
    assert [step for step, _ in Listed.told] == [*(line["step"] for line in lines), -1]
    with pytest.raises(ConfigError, match="tracker 'abacus' is not known; use one of"):
        run_stage(load_config(write(tmp_path / "b", "copies", manifest, trackers=["abacus"])))
