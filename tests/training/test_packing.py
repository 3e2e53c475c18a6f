"""Packing: the model that is built of a package is the one that the stage left."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from finished_stages import logits
from safetensors.torch import load_file
from tokenizers import Tokenizer
from toy_training import write_clips, write_stage
from transformers import AutoConfig

from uas_cli.main import main
from uas_model.assemble import Assembled
from uas_model.base import Base, with_trained
from uas_model.checkpoint import Checkpoint
from uas_model.export import write_checkpoint
from uas_model.load import load_model
from uas_model.manifest import read_manifest
from uas_model.registry import UNTRAINED_MODEL
from uas_model.shards import WEIGHTS_FILE
from uas_model.sources import base_sums
from uas_training.config import LowRankConfig, load_config
from uas_training.run_stage import moving_model, restore, run_stage
from uas_training.unpacking import unpack

SCHEDULE = {"epochs": 1, "batch_seconds": 1.0, "bf16": False, "threads": 1,
            "evaluate_every_epochs": 1}  # fmt: skip
FULL = {"method": "full", "full_rate": 1e-3, "schedule": SCHEDULE}
LORA = {"lora_rank": 2, "lora_rate": 1e-2, "schedule": SCHEDULE}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return write_clips(tmp_path / "clips", 6)


@pytest.fixture
def base(tmp_path: Path, manifest: Path) -> Base:
    """The random checkpoint as if it had been built of the pinned weights, in ``base``."""
    write_stage(tmp_path, "tune", manifest)
    folder = tmp_path / "base"
    found = Assembled(AutoConfig.from_pretrained(folder), load_file(folder / WEIGHTS_FILE), 80)
    base = Base(found, Tokenizer.from_file(str(folder / "tokenizer.json")), {}, {})
    named(base, folder, UNTRAINED_MODEL, base_sums())
    return base


def named(base: Base, folder: Path, name: str, built_from: dict[str, str]) -> None:
    info = Checkpoint.open(folder).info
    info = replace(info, name=name, built_from=built_from, weights_sha256={})
    write_checkpoint(base, folder, torch.float32, info)


def stage(folder: Path, manifest: Path, kind: str = "tune", **values: object) -> Path:
    """A finished stage's YAML."""
    path = write_stage(folder, kind, manifest, **values)
    run_stage(load_config(path))
    return path


def package(config: Path, folder: Path) -> int:
    return main(["train", "pack", str(config), str(folder), "--licence", "CC0-1.0"])


def left_by(config_path: Path) -> tuple[torch.nn.Module, int]:
    """The model of a finished stage as training held it, and the id of its audio token."""
    config = load_config(config_path)
    assert isinstance(config, LowRankConfig)
    model, writer, _ = moving_model(config)
    restore(model, config.output, {"": ""})
    return model.eval(), writer.tokens.audio_id


def rounded(model: torch.nn.Module) -> torch.nn.Module:
    """The same model with every weight rounded to bfloat16, which a package holds."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(weight.bfloat16())
    return model


def assert_near(found: torch.Tensor, exact: torch.Tensor) -> None:
    """Within 2^-6 of the largest logit: 2^-9 of every weight adds up over the layers."""
    torch.testing.assert_close(found, exact, rtol=0, atol=float(exact.abs().max()) * 2**-6)


@pytest.mark.parametrize(
    "values",
    [FULL, FULL | {"encoder_rate": 1e-3}, LORA],
    ids=["full", "full with the encoder", "low rank"],
)
def test_the_built_model_is_that_of_the_stage(
    base: Base, tmp_path: Path, manifest: Path, values: dict[str, object]
) -> None:
    config = stage(tmp_path, manifest, **values)
    assert package(config, tmp_path / "packed") == 0
    name, info = tmp_path / "built", Checkpoint.open(tmp_path / "base").info
    write_checkpoint(with_trained(base, tmp_path / "packed"), name, torch.float32, info)
    model, audio_id = left_by(config)
    exact = logits(model, audio_id)
    built = logits(load_model(name), audio_id)
    before = logits(load_model(tmp_path / "base"), audio_id)
    assert_near(built, exact)
    assert (built - exact).abs().max() < 0.2 * (before - exact).abs().max()
    if "method" in values:
        assert torch.equal(built, logits(rounded(model), audio_id))
        assert read_manifest(tmp_path / "packed").lora_rank == 0


def test_a_start_that_moved_more_is_packed_with_what_goes_on_from_it(
    base: Base, tmp_path: Path, manifest: Path
) -> None:
    first = stage(tmp_path, manifest, **FULL | {"encoder_rate": 1e-3})
    later = stage(
        tmp_path, manifest, "grpo", start=str(load_config(first).output), replies=2,
        reply_tokens=4, **LORA,
    )  # fmt: skip
    assert package(later, tmp_path / "packed") == 0
    info = Checkpoint.open(tmp_path / "base").info
    merged = with_trained(base, tmp_path / "packed")
    write_checkpoint(merged, tmp_path / "built", torch.float32, info)
    model, audio_id = left_by(later)
    exact, built = logits(model, audio_id), logits(load_model(tmp_path / "built"), audio_id)
    assert_near(built, exact)


def test_a_package_of_whole_tensors_is_unpacked_to_go_on_from(
    base: Base, tmp_path: Path, manifest: Path
) -> None:
    config = stage(tmp_path, manifest, **FULL)
    assert package(config, tmp_path / "packed") == 0
    unpack(tmp_path / "packed", tmp_path / "again")
    model, audio_id = left_by(config)
    again = write_stage(
        tmp_path, "tune", manifest, start=str(tmp_path / "again" / "tune"),
        encoder=str(tmp_path / "again" / "listen"), **FULL,
    )  # fmt: skip
    found, _, _ = moving_model(load_config(again))
    assert torch.equal(logits(found, audio_id), logits(rounded(model), audio_id))


def test_a_base_that_cannot_be_built_on_is_refused(
    base: Base, tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full, low_rank = tmp_path / "full", tmp_path / "low"
    configs = [
        write_stage(tmp_path, "tune", manifest, output=str(output), **values)
        .rename(output.with_suffix(".yaml"))
        for output, values in ((full, FULL), (low_rank, LORA))
    ]  # fmt: skip
    for name, built_from, config, said in (
        ("uas-1b", {}, configs[0], "is 'uas-1b', which stands on other weights"),
        (f"{UNTRAINED_MODEL}-discrete", base_sums(), configs[0], "or another vocabulary"),
        (
            "uas-audio-tiny",
            base_sums(),
            configs[1],
            "name that as base and what `uas train unpack`",
        ),
    ):
        named(base, tmp_path / "base", name, built_from)
        assert package(config, tmp_path / "packed") == 3
        assert said in capsys.readouterr().err
    assert package(configs[0], tmp_path / "packed") == 3
    assert "is no finished stage, it holds no final.safetensors" in capsys.readouterr().err
    assert not (tmp_path / "packed").exists()
