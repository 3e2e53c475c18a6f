"""Stages: what moves, masked losses, bit-equal resuming, and packing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.conftest import example_of, voiced_record

from uas_model.names import published_name
from uas_training import loop
from uas_training.checkpoints import load_tensors
from uas_training.config import AdaptConfig, ConfigError, ListenConfig, ScheduleConfig, TuneConfig
from uas_training.data.sequences import Writer
from uas_training.finished import trained_weights
from uas_training.heads import UNKNOWN, head_losses
from uas_training.lora import LoraLinear, lora_layers
from uas_training.run_stage import finish_stage
from uas_training.stages import adapt, tune
from uas_training.stages.language import LanguageStage
from uas_training.stages.listen import Listen

EXAMPLES = [example_of(voiced_record(number)) for number in range(6)]
SCHEDULE = ScheduleConfig(epochs=2, batch_seconds=1.0, bf16=False, threads=1)


def config_of(kind: type, output: Path, **changes: object) -> object:
    values = {
        "base": Path("base"),
        "output": output,
        "data": {"manifests": ()},
        "schedule": SCHEDULE,
        "stage": {ListenConfig: "listen", AdaptConfig: "adapt", TuneConfig: "tune"}[kind],
    }
    return kind(**(values | changes))


def language_stage(model: object, writer: Writer, config: object) -> LanguageStage:
    trainable = tune.trainable if isinstance(config, TuneConfig) else adapt.trainable
    torch.manual_seed(0)
    groups = trainable(model, config)
    return LanguageStage(model, writer, EXAMPLES, EXAMPLES[:2], trainable=groups, config=config)


def train(stage: object, output: Path, schedule: ScheduleConfig = SCHEDULE) -> dict:
    return loop.run(stage, schedule, seed=1, output=output, fingerprint="test")


def snapshot(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in module.named_parameters()}


def changed(module: torch.nn.Module, before: dict[str, torch.Tensor]) -> set[str]:
    return {n for n, w in module.named_parameters() if not torch.equal(w, before[n])}


def test_adapt_moves_only_the_projector(model, writer: Writer, tmp_path: Path) -> None:
    config = config_of(AdaptConfig, tmp_path)
    stage = language_stage(model, writer, config)
    before = snapshot(model)
    train(stage, tmp_path)
    moved = changed(model, before)
    assert moved == {name for name in before if name.startswith(adapt.PROJECTOR)}


@pytest.mark.parametrize("encoder_rate", [0.0, 1e-4])
def test_tune_moves_factors_projector_and_the_encoder_if_asked(
    model, writer: Writer, tmp_path: Path, encoder_rate: float
) -> None:
    config = config_of(TuneConfig, tmp_path, lora_rank=2, encoder_rate=encoder_rate)
    stage = language_stage(model, writer, config)
    before = snapshot(model)
    train(stage, tmp_path)
    moved = changed(model, before)
    assert any(name.endswith(".b") for name in moved)
    assert any(name.startswith(tune.ENCODER) for name in moved) is (encoder_rate > 0)
    frozen = {name for name in moved if ".base." in name or "embed" in name or "lm_head" in name}
    assert not frozen


def test_tune_loss_falls(model, writer: Writer, tmp_path: Path) -> None:
    config = config_of(TuneConfig, tmp_path, lora_rank=4, lora_rate=3e-2, projector_rate=3e-2)
    stage = language_stage(model, writer, config)
    first, _ = stage.loss([0, 1], np.random.default_rng(0))
    train(stage, tmp_path, SCHEDULE.model_copy(update={"epochs": 8}))
    last, _ = stage.loss([0, 1], np.random.default_rng(0))
    assert float(last.detach()) < 0.95 * float(first.detach())


class Interrupted(Exception):
    """Stands for a killed process."""


class Stopping:
    """A stage that dies before its n-th loss; all else goes to the real one."""

    def __init__(self, stage: LanguageStage, after: int) -> None:
        self.stage, self.left = stage, after

    def __getattr__(self, name: str) -> object:
        return getattr(self.stage, name)

    def loss(self, batch: list[int], rng: np.random.Generator) -> object:
        if self.left == 0:
            raise Interrupted
        self.left -= 1
        return self.stage.loss(batch, rng)


def test_resuming_is_bit_equal(tmp_path: Path, tokens, writer: Writer, request) -> None:
    def fresh(folder: str) -> tuple[LanguageStage, Path]:
        torch.manual_seed(0)
        model = request.getfixturevalue("model")
        restored = type(model)(model.config)
        restored.load_state_dict(start)
        output = tmp_path / folder
        return language_stage(restored, writer, config_of(TuneConfig, output, lora_rank=2)), output

    start = {n: w.clone() for n, w in request.getfixturevalue("model").state_dict().items()}
    every_step = SCHEDULE.model_copy(update={"checkpoint_minutes": 0.0})
    stage, output = fresh("whole")
    whole = train(stage, output, every_step)
    stage, output = fresh("broken")
    with pytest.raises(Interrupted):
        train(Stopping(stage, after=4), output, every_step)
    stage, output = fresh("broken")
    resumed = train(stage, output, every_step)
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_stopped_stage_can_be_ended_where_it_stands(
    model, writer: Writer, tmp_path: Path
) -> None:
    config = config_of(AdaptConfig, tmp_path)
    with pytest.raises(ConfigError, match="not a readable checkpoint"):
        finish_stage(config)
    trained = train(language_stage(model, writer, config), tmp_path)
    (tmp_path / loop.FINAL).unlink()
    assert finish_stage(config) > 0
    final, metadata = load_tensors(tmp_path / loop.FINAL)
    assert final.keys() == trained.keys()
    assert all(torch.equal(final[name], trained[name]) for name in final)
    assert "stopped" in metadata


def test_a_checkpoint_of_another_configuration_is_refused(
    model, writer: Writer, tmp_path: Path
) -> None:
    stage = language_stage(model, writer, config_of(AdaptConfig, tmp_path))
    train(stage, tmp_path)
    with pytest.raises(ConfigError, match="made by another configuration"):
        loop.run(stage, SCHEDULE, seed=1, output=tmp_path, fingerprint="other")


def test_listen_trains_the_encoder_and_keeps_no_head_in_the_model(model, tmp_path: Path) -> None:
    encoder = model.model.audio_tower
    config = config_of(ListenConfig, tmp_path)
    stage = Listen(encoder, EXAMPLES, EXAMPLES[:2], ("rain",), config)
    before = snapshot(encoder)
    trained = train(stage, tmp_path)
    moved = changed(encoder, before)
    assert moved
    assert "embed_positions.weight" not in moved
    assert {name.split(".")[0] for name in trained} == {"encoder", "heads"}
    assert set(stage.evaluate()) == {
        "age/acted", "gender/acted", "emotion/acted", "voice/acted",
        "brightness/acted", "texture/acted", "events/f1",
    }  # fmt: skip


def test_heads_without_known_truth_have_no_loss() -> None:
    logits = {"emotion": torch.zeros(2, 7), "events": torch.zeros(2, 3)}
    targets = {
        "emotion": torch.tensor([UNKNOWN, UNKNOWN]),
        "events": torch.tensor([[1, 0, 0], [UNKNOWN] * 3]),
    }
    losses = head_losses(logits, targets)
    assert set(losses) == {"events"}
    assert float(losses["events"]) == pytest.approx(3 * np.log(2), rel=1e-5)


def test_merged_factors_are_the_adapted_layer() -> None:
    torch.manual_seed(0)
    layer = LoraLinear(torch.nn.Linear(6, 4), rank=2, alpha=4.0)
    torch.nn.init.normal_(layer.b)
    states = torch.randn(3, 6)
    merged = torch.nn.functional.linear(states, layer.merged(), layer.base.bias)
    torch.testing.assert_close(layer(states), merged)


def test_packed_weights_have_published_names(model, writer: Writer, tmp_path: Path) -> None:
    config = config_of(TuneConfig, tmp_path, lora_rank=2)
    stage = language_stage(model, writer, config)
    train(stage, tmp_path)
    tuned, _ = load_tensors(tmp_path / loop.FINAL)
    encoder = {"model.audio_tower.conv1.bias": torch.ones(16)}
    packed = trained_weights(tuned, encoder)
    assert "audio_tower.conv1.bias" in packed.replaced
    assert "multi_modal_projector.linear_1.weight" in packed.replaced
    layers = {
        f"model.language_model.{n}.weight" for n, _ in lora_layers(model.model.language_model)
    }
    assert set(packed.adapters) == {published_name(name) for name in layers}
