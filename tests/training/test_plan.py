"""Plans: every recipe has one, its figures are those of the real thing, misfits are named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from tests.training.test_config import CONFIGS
from toy_training import write_clips, write_stage

from uas_cli.main import main
from uas_training.config import AnyConfig, ConfigError, load_config
from uas_training.language import pack
from uas_training.plan.cost import Batch, batch_cost, cache_bytes, logits_bytes
from uas_training.plan.program import Machines, plan
from uas_training.plan.shapes import count_by_part, planned_model, read_shapes
from uas_training.run_stage import stage_of

ONE = Machines(1, None, 100.0)
STAGES: dict[str, dict[str, object]] = {
    "listen": {},
    "align": {"codebook_size": 16},
    "adapt": {},
    "tune": {"lora_rank": 2},
    "grpo": {"lora_rank": 2, "replies": 2, "reply_tokens": 4},
}
RECIPES = [path for path in CONFIGS if path.parent.name in ("1b", "7b")]
DEVICES = {"tune": 8, "tune-nodes": 32}


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", CONFIGS, ids=name_of)
def test_every_configuration_has_shapes_that_fit(path: Path) -> None:
    config = load_config(path)
    shapes, _ = read_shapes(config.model_copy(update={"base": Path("not-built")}), path, None)
    with torch.device("meta"):
        counts = count_by_part(planned_model(shapes, config))
    assert sum(part["trainable"] for part in counts.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("path", RECIPES, ids=name_of)
def test_every_recipe_fits_the_devices_it_names(path: Path) -> None:
    report = plan(path, Machines(DEVICES.get(path.stem, 1), 80.0, 150.0), hours=100, shapes=None)
    assert 1 < report["memory_gib"]["total"] < 80
    assert report["time"]["hours_per_epoch"] > 0


def test_many_nodes_step_as_one_node_does() -> None:
    seven = next(path.parent for path in RECIPES if path.parent.name == "7b")
    one, many = load_config(seven / "tune.yaml"), load_config(seven / "tune-nodes.yaml")
    assert one.run.accumulate * 8 == many.run.accumulate * 32


def toy(folder: Path, stage: str, **values: object) -> Path:
    manifest = write_clips(folder / "clips", 24)
    return write_stage(folder, stage, manifest, **{**STAGES[stage], **values})


@pytest.mark.parametrize("stage", STAGES)
def test_the_count_of_parameters_is_exact(tmp_path: Path, stage: str) -> None:
    path = toy(tmp_path, stage)
    parts = plan(path, ONE, hours=None, shapes=None)["parameters"]
    trained = sum(w.numel() for group in stage_of(load_config(path)).groups()
                  for w in group.weights.values())  # fmt: skip
    assert sum(part["trainable"] for part in parts.values()) == trained


def peak_bytes(work: Callable[[], object]) -> int:
    """The most that ``work`` held at one time, by torch's own count of the CPU's allocations."""
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True, acc_events=True
    ) as profile:
        work()
    events = profile.profiler.kineto_results.events()
    memory = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    return int(np.max(np.cumsum([size for _, size in memory])))


@pytest.mark.parametrize(
    ("stage", "values", "checkpointing"),
    [
        ("adapt", {}, False),
        ("tune", {"encoder_rate": 1e-4}, False),
        ("tune", {"encoder_rate": 1e-4}, True),
        ("tune", {"method": "full"}, False),
    ],
)
def test_activations_are_within_a_third_of_what_a_step_holds(
    tmp_path: Path, stage: str, values: dict[str, object], checkpointing: bool
) -> None:
    path = toy(tmp_path, stage, run={"gradient_checkpointing": checkpointing},
               kinds={"plain": 1}, schedule={"bf16": False, "threads": 1}, **values)  # fmt: skip
    config = load_config(path)
    real: Any = stage_of(config)
    batch = list(range(16))
    rng = np.random.default_rng(0)
    pairs = [real._disturbed(real.training[i], rng) for i in batch]
    packed = pack([sequence for _, sequence in pairs])
    learnt = len(packed.targets) / len(batch)
    text = packed.ids.shape[1] - 12
    shape = Batch(len(batch), 0.5, text, round(learnt))

    def step() -> None:
        loss, _ = real.whole(real._losses, [mel for mel, _ in pairs], packed)
        loss.backward()

    real.model.train()
    measured = peak_bytes(step)
    planned = planned_bytes(path, config, shape)
    assert 3 / 4 < planned / measured < 4 / 3, (planned, measured)


def planned_bytes(path: Path, config: AnyConfig, shape: Batch) -> float:
    shapes, _ = read_shapes(config, path, None)
    return batch_cost(shapes, config, shape).saved + logits_bytes(shapes, config, shape)


def test_replies_are_within_a_third_of_what_a_step_on_them_holds(tmp_path: Path) -> None:
    path = toy(tmp_path, "grpo", schedule={"bf16": False, "threads": 1}, encoder_rate=1e-4,
               question_share=0, replies=6, reply_tokens=30)  # fmt: skip
    config = load_config(path)
    real: Any = stage_of(config)
    real.model.train()
    keys = [f"t{number}" for number in range(8)]
    drawn = real.trainer.draw(keys)
    prompt = max(len(real.hear(key).ids) for key in keys) - 12
    written = int(drawn["completion_mask"].sum()) // len(keys)
    longest = int(drawn["completion_mask"].view(8, -1).sum(1).max())
    measured = peak_bytes(lambda: real.trainer.loss_of(drawn).backward())
    planned = planned_bytes(path, config, Batch(8, 0.5, prompt + longest, written))
    assert 3 / 4 < planned / measured < 4 / 3, (planned, measured)


def test_replies_that_are_written_at_once_hold_their_keys_and_values(tmp_path: Path) -> None:
    path = toy(tmp_path, "grpo", schedule={"bf16": False, "threads": 1})
    config = load_config(path)
    real: Any = stage_of(config)
    cache = real.model.generate(
        **real.trainer._tokenize_prompts(["t0"] * 2)[2],
        input_ids=torch.tensor([real.hear("t0").ids] * 2),
        max_new_tokens=4, min_new_tokens=4, return_dict_in_generate=True,
    ).past_key_values  # fmt: skip
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    prompt = len(real.hear("t0").ids) - 12
    shapes, _ = read_shapes(config, path, None)
    planned = cache_bytes(shapes, config, Batch(1, 0.5, prompt + 2 * 4, 2 * 4))
    assert held <= planned < 1.1 * held


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"data": {"manifests": ["nowhere.jsonl"]}}, "manifest nowhere.jsonl does not exist"),
        ({"data": {"manifests": [], "max_seconds": 40}}, "the encoder hears 30 s at most"),
        ({"data": {"manifests": []}}, "no training record is left"),
        ({"base": "not-built"}, "base not-built is not built"),
        ({"stage": "listen", "run": {"shard": True}}, "stage 'listen' cannot be split"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, values: dict[str, object], message: str
) -> None:
    path = toy(tmp_path, "adapt")
    known = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(known | values), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        plan(path, ONE, hours=None, shapes=None)


def test_bad_shapes_records_and_files_are_named(tmp_path: Path) -> None:
    path = toy(tmp_path, "tune")
    shapes = json.loads((tmp_path / "base" / "config.json").read_text(encoding="utf-8"))
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(shapes | {"audio_token_id": 10**6}), encoding="utf-8")
    with pytest.raises(ConfigError, match="audio_token_id is 1000000, outside a vocabulary"):
        plan(path, ONE, hours=1, shapes=wrong)
    (tmp_path / "clips" / "5.flac").unlink()
    with pytest.raises(ConfigError, match=r"1 of \d+ sound files are missing, first .*5\.flac"):
        plan(path, ONE, hours=None, shapes=None)
    manifest = tmp_path / "clips" / "train.jsonl"
    manifest.write_text("{}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"train\.jsonl line 1"):
        plan(path, ONE, hours=None, shapes=None)


def test_too_little_memory_ends_with_one_line_and_exit_code_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = toy(tmp_path, "tune")
    assert main(["train", "plan", str(path), "--memory-gib", "0.001"]) == 3
    error = capsys.readouterr().err.strip()
    assert "GiB are needed in each process and a device has 0.001" in error
    assert "\n" not in error
    assert main(["train", "plan", str(path), "--memory-gib", "4"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["data"]["known"]["transcription"] == 1.0
    assert report["memory_gib"]["total"] <= 4
