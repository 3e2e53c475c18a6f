"""Stage ``grpo``: TRL's methods that are overridden, audio on its way, what moves, and resuming."""

import inspect
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.training.conftest import CONTROL, example_of, voiced_record
from tests.training.test_stages import Interrupted, Stopping, changed, snapshot
from transformers import AudioFlamingo3ForConditionalGeneration, PreTrainedTokenizerFast
from trl import GRPOTrainer

from uas_model.audio_tokens import audio_token_count
from uas_model.tokens import TextTokens
from uas_training import loop
from uas_training.audio_grpo import AudioGRPOTrainer, audio_features
from uas_training.config import GrpoConfig, ScheduleConfig
from uas_training.data.sequences import Writer
from uas_training.encoder import ClipsOnce, encode, mel_of, pad_mels
from uas_training.shared_prompts import prompts_once
from uas_training.stages import tune
from uas_training.stages.grpo import Grpo

EXAMPLES = [example_of(voiced_record(number)) for number in range(4)]
SCHEDULE = ScheduleConfig(
    epochs=2, batch_seconds=1.0, bf16=False, threads=1, checkpoint_minutes=0.0
)


def config_of(output: Path, **changes: object) -> GrpoConfig:
    values = {
        "stage": "grpo", "base": Path("base"), "output": output, "data": {"manifests": ()},
        "schedule": SCHEDULE, "lora_rank": 2, "replies": 4, "reply_tokens": 6,
    }  # fmt: skip
    return GrpoConfig(**(values | changes))


@pytest.fixture
def make(
    model: AudioFlamingo3ForConditionalGeneration, tokens: TextTokens, writer: Writer,
    tmp_path: Path, vocabulary: Path,
) -> Callable[..., Grpo]:  # fmt: skip
    """A stage on a fresh copy of the model, always the same."""
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(vocabulary), eos_token=CONTROL[2], pad_token=CONTROL[0]
    )

    def stage(folder: str = "stage", **changes: object) -> Grpo:
        config = config_of(tmp_path / folder, **changes)
        copy = type(model)(model.config)
        copy.load_state_dict(start)
        copy.generation_config.eos_token_id = tokenizer.eos_token_id
        torch.manual_seed(0)
        groups = tune.trainable(copy, config)
        return Grpo(
            copy, writer, tokenizer, EXAMPLES, EXAMPLES[:2], trainable=groups, config=config
        )

    return stage


def train(stage: object, output: Path) -> dict[str, torch.Tensor]:
    return loop.run(stage, SCHEDULE, seed=1, output=output, fingerprint="test")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("_tokenize_prompts", ["prompts"]),
        ("_generate_single_turn", ["prompt_ids", "images", "multimodal_fields", "num_generations"]),
        ("_generate_and_score_completions", ["inputs"]),
        ("_compute_loss", ["model", "inputs"]),
        (
            "_get_per_token_logps_and_entropies",
            ["model", "input_ids", "attention_mask", "logits_to_keep", "batch_size"],
        ),
    ],
)
def test_trl_still_has_what_is_overridden_or_called(method: str, arguments: list[str]) -> None:
    """A contract with TRL 1.16: another version may move what this package leans on."""
    parameters = list(inspect.signature(getattr(GRPOTrainer, method)).parameters)
    assert parameters[1 : len(arguments) + 1] == arguments


def test_only_the_named_methods_of_trl_are_overridden() -> None:
    own = {name for name in vars(AudioGRPOTrainer) if hasattr(GRPOTrainer, name)}
    assert {name for name in own if not name.startswith("__")} == {
        "_tokenize_prompts",
        "_generate_and_score_completions",
        "_compute_loss",
        "_get_per_token_logps_and_entropies",
    }


def _rows(stage: Grpo, keys: list[str], replies: list[list[int]]) -> dict[str, torch.Tensor]:
    """Prompts padded on the left and replies on the right, as TRL lays them side by side."""
    heard = [stage.hear(key) for key in keys]
    width, reply = max(len(one.ids) for one in heard), max(map(len, replies))
    ids, mask = np.zeros((2, len(keys), width + reply), np.int64)
    for row, (one, written) in enumerate(zip(heard, replies, strict=True)):
        span = slice(width - len(one.ids), width + len(written))
        ids[row, span], mask[row, span] = one.ids + written, 1
    features = audio_features([one.mel for one in heard])
    return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)} | features


def _scored_by_stock(stage: Grpo, rows: dict[str, torch.Tensor], width: int) -> torch.Tensor:
    """Log-probabilities and entropies ``[2, R, width]`` of the stock forward of whole rows."""
    logits = stage.model(**rows).logits[:, -width - 1 : -1] / stage.trainer.temperature
    spread = logits.log_softmax(-1)
    chosen = spread.gather(-1, rows["input_ids"][:, -width:, None])[..., 0]
    return (
        torch.stack([chosen, -(spread.exp() * spread).sum(-1)]) * rows["attention_mask"][:, -width:]
    )


def _scored_together(stage: Grpo, rows: dict[str, torch.Tensor], width: int) -> torch.Tensor:
    stage.trainer._audio = {name: rows[name] for name in rows if name.startswith("input_features")}
    found = stage.trainer._get_per_token_logps_and_entropies(
        stage.model, rows["input_ids"], rows["attention_mask"], width, compute_entropy=True
    )
    return torch.stack(found[:2])


@given(
    st.lists(st.sampled_from(["t0", "t0/0", "t1/0", "t2"]), min_size=1, max_size=4),
    st.lists(st.lists(st.integers(3, 200), min_size=1, max_size=5), min_size=3, max_size=3),
)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_replies_that_share_a_prompt_score_as_if_each_stood_alone(make, keys, replies) -> None:
    """Several replies to each prompt, against the stock forward of whole rows."""
    stage = make(temperature=0.7)
    stage.model.eval()
    rows = _rows(stage, [key for key in keys for _ in replies], replies * len(keys))
    width = max(map(len, replies))
    found, expected = _scored_together(stage, rows, width), _scored_by_stock(stage, rows, width)
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=1e-3)


def test_replies_that_share_a_prompt_have_the_gradient_of_rows(make) -> None:
    stage = make()
    stage.model.eval()
    rows = _rows(stage, ["t0", "t0", "t1/0"], [[40, 41, 42], [50], [60, 61]])
    weights = [weight for group in stage.groups() for weight in group.weights.values()]
    found, expected = (
        torch.autograd.grad(scored(stage, rows, 3)[0].sum(), weights)
        for scored in (_scored_together, _scored_by_stock)
    )
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-2)


def test_a_prompt_is_computed_once_for_all_replies_drawn(make) -> None:
    stage = make()
    stage.model.train()
    computed = []
    layer = stage.model.model.language_model.layers[0]
    layer.register_forward_hook(lambda _, inputs, __: computed.append(inputs[0].shape[:2]))
    stage.trainer.draw(["t0", "t1/0"])
    longest = max(len(stage.hear(key).ids) for key in ("t0", "t1/0"))
    assert computed[0] == (2, longest)
    assert all(shape == (8, 1) for shape in computed[1:])


def test_the_same_replies_are_drawn_with_and_without_sharing(make) -> None:
    stage = make(replies=3)
    stage.model.train()
    prompts = [key for key in ("t0", "t1/0", "t1") for _ in range(3)]
    ids, _, audio = stage.trainer._tokenize_prompts(prompts)
    torch.manual_seed(3)
    apart, _ = stage.trainer._generate_single_turn(ids, None, audio, 3)
    torch.manual_seed(3)
    with prompts_once(stage.model.model.language_model):
        together, _ = stage.trainer._generate_single_turn(ids, None, audio, 3)
    assert together == apart


def test_another_sound_gives_another_probability(make) -> None:
    stage = make()
    stage.model.eval()
    ids = torch.tensor([[*stage.hear("t0").ids, 40, 41]])
    values = []
    for scale in (1.0, 0.01):
        noise = np.random.default_rng(1).standard_normal(8000).astype(np.float32) * scale
        noise[: int(4000 * scale) + 1] = 0
        stage.trainer._audio = audio_features([mel_of(noise)])
        with torch.no_grad():
            values.append(stage.trainer._get_per_token_logps_and_entropies(
                stage.model, ids, torch.ones_like(ids), 2)[0])  # fmt: skip
    assert not torch.allclose(values[0], values[1], atol=1e-4)


def test_one_clip_of_many_rows_is_computed_once(model) -> None:
    calls = []
    encoder = model.model.audio_tower
    encoder.conv1.register_forward_hook(lambda _, inputs, __: calls.append(len(inputs[0])))
    mels = [mel_of(example.samples()) for example in EXAMPLES[:2]]
    mels[1] = mels[1][:, :-10]
    features = audio_features([mels[0]] * 3 + [mels[1]] * 2)
    with torch.no_grad():
        states = ClipsOnce(encoder)(**features).last_hidden_state
        alone, real = encode(encoder, *pad_mels([mels[1]]))
    assert calls == [2, 1]
    assert torch.equal(states[0], states[2])
    torch.testing.assert_close(states[3][: int(real.sum())], alone[real], atol=1e-5, rtol=1e-4)


def test_features_say_how_long_each_clip_is() -> None:
    mels = [mel_of(np.zeros(n, np.float32) + 0.1) for n in (8000, 16_000)]
    features = audio_features(mels)
    assert features["input_features"].shape == (2, 80, 104)
    assert features["input_features_mask"].sum(dim=1).tolist() == [50, 100]


def test_factors_and_projector_move_and_nothing_else(make, tmp_path: Path) -> None:
    stage = _rewarded(make())
    before = snapshot(stage.model)
    trained = train(stage, tmp_path / "stage")
    moved = changed(stage.model, before)
    assert moved <= set(trained)
    assert any(name.endswith(".b") for name in moved)
    log = (tmp_path / "stage" / loop.LOG).read_text(encoding="utf-8")
    assert '"reward/validity"' in log
    assert '"entropy"' in log


def test_in_bfloat16_the_gradient_reaches_the_projector_too(make) -> None:
    stage = _rewarded(make(schedule=SCHEDULE.model_copy(update={"bf16": True})))
    torch.manual_seed(0)
    loss, _ = stage.loss([0, 1], np.random.default_rng(0))
    loss.backward()
    projector = stage.model.model.multi_modal_projector
    assert all(float(weight.grad.abs().sum()) > 0 for weight in projector.parameters())


def test_the_reward_rises(make, tmp_path: Path) -> None:
    stage = _rewarded(make(lora_rank=4, lora_rate=3e-2, replies=8, reply_tokens=8))
    seen = []
    optimizer = torch.optim.AdamW(
        [{"params": list(group.weights.values()), "lr": group.rate} for group in stage.groups()]
    )
    for step in range(20):
        torch.manual_seed(step)
        loss, figures = stage.loss([0, 1], np.random.default_rng(step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(figures["reward/validity"])
    assert np.mean(seen[-5:]) > np.mean(seen[:5]) + 0.1, seen


def _rewarded(stage: Grpo) -> Grpo:
    """With a reward that random weights can earn in place of validity: the share of letters."""
    stage.trainer.reward_funcs[0] = _letters
    return stage


def _letters(completions: list[str], **_: object) -> list[float]:
    return [sum(map(str.isalpha, text)) / max(1, len(text)) for text in completions]


def test_resuming_is_bit_equal(make, tmp_path: Path) -> None:
    whole = train(_rewarded(make("whole")), tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(Stopping(_rewarded(make("broken")), after=3), tmp_path / "broken")
    resumed = train(_rewarded(make("broken")), tmp_path / "broken")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_held_out_figures_are_the_same_every_time(make) -> None:
    stage = make()
    figures = stage.evaluate()
    assert figures == stage.evaluate()
    assert 0 <= figures["reward"] <= 1
    assert {"reward", "reward/validity", "reward/answer", "reward/brevity"} <= set(figures)


def test_the_prompt_holds_one_place_for_every_state_of_the_clip(make, writer: Writer) -> None:
    stage = make()
    heard = stage.hear("t2/1")
    places = heard.ids.count(writer.tokens.audio_id)
    assert places == audio_token_count(len(EXAMPLES[2].sound))


def test_trl_trains_by_itself_too(make) -> None:
    """TRL's own loop, which the stage does not use."""
    stage = make()
    stage.trainer.args.max_steps = 1
    before = snapshot(stage.model)
    result = stage.trainer.train()
    assert result.global_step == 1
    assert np.isfinite(result.training_loss)
    assert changed(stage.model, before) <= {n for g in stage.groups() for n in g.weights}
