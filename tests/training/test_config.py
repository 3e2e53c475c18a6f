"""Configuration: every shipped YAML loads, and mistakes are named."""

from pathlib import Path

import pytest

import uas_training
from uas_training.config import ConfigError, load_config

FOLDER = Path(uas_training.__file__).parent / "configs"
CONFIGS = sorted(p for p in FOLDER.rglob("*.yaml") if p.parent.name != "ablation")
STAGES = ("listen", "align", "adapt", "tune", "grpo")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_configuration_loads(path: Path) -> None:
    assert load_config(path).stage in STAGES


def test_configurations_are_shipped() -> None:
    assert {load_config(path).stage for path in CONFIGS} == set(STAGES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stage: listn", "stage 'listn'; use one of listen, align, adapt, tune, grpo"),
        ("[1, 2]", "use one of listen, align, adapt, tune, grpo"),
        (
            "stage: tune\nbase: b\noutput: o\nlora_rang: 8\ndata: {manifests: []}",
            "unknown key 'lora_rang'; did you mean 'lora_rank'",
        ),
        (
            "stage: tune\nbase: b\noutput: o\ndata: {manifests: [], repeat: {}}",
            "unknown key 'data.repeat'; did you mean 'repeats'",
        ),
        (
            "stage: tune\nbase: b\noutput: o\ndata: {manifests: []}\nlora_rank: 64",
            "lora_rank: Input should be less than or equal to 32 (got 64)",
        ),
        (
            "stage: grpo\nbase: b\noutput: o\ndata: {manifests: []}\nrewards: {valid: 1}",
            "unknown key 'rewards.valid'; did you mean 'validity'",
        ),
        (
            "stage: align\nbase: b\noutput: o\ndata: {manifests: []}\ninitialisation: zero",
            "initialisation: Input should be 'projector' or 'mean' (got 'zero')",
        ),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "stage.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert message in str(caught.value)
