"""Stages on a base that reads audio tokens: the same tokens as served, what moves, what is left."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tests.training.conftest import example_of, voiced_record
from tests.training.test_stages import Interrupted, Stopping, changed, snapshot
from tiny_discrete import SIZE, build_tiny_discrete, noise
from toy_training import write_clips, write_stage

from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.checkpoint import Checkpoint
from uas_model.load import load_model
from uas_model.runner.audio_tokenizer import AudioTokenizer
from uas_model.shards import WEIGHTS_FILE
from uas_training import loop
from uas_training.ablation.merging import trained_listener
from uas_training.audio_tokens import ids_of, states_of
from uas_training.checkpoints import load_tensors
from uas_training.config import ConfigError, ScheduleConfig, TuneConfig, load_config
from uas_training.data.sequences import Branch, ClipSequence
from uas_training.encoder import mel_of
from uas_training.evaluation.listeners import RunnerListener, StockListener
from uas_training.exporting import export
from uas_training.language import hidden_states, pack, token_states, weighted_loss
from uas_training.plan.program import Machines, plan
from uas_training.run_stage import fingerprint, run_stage, stage_of
from uas_training.stages.grpo import Grpo
from uas_training.stages.language import LanguageStage
from uas_training.token_base import INPUT_ROWS, MATRICES, OUTPUT_ROWS

RANK = 2
SCHEDULE = {
    "epochs": 1, "batch_seconds": 4.0, "bf16": False, "threads": 1, "checkpoint_minutes": 0.0,
}  # fmt: skip
ROWS = {INPUT_ROWS, OUTPUT_ROWS}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_discrete(tmp_path_factory.mktemp("discrete"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("clips"), 12)


def written(folder: Path, base: Path, manifest: Path, kind: str = "tune", **values: object) -> Path:
    (folder / "base").mkdir(exist_ok=True)  # or another base is made there
    known = {"base": str(base), "schedule": SCHEDULE}
    if kind in ("tune", "grpo"):
        known["lora_rank"] = RANK
    return write_stage(folder, kind, manifest, **known | values)


def tuned(folder: Path, base: Path, manifest: Path, **values: object) -> LanguageStage:
    stage = stage_of(load_config(written(folder, base, manifest, **values)))
    assert isinstance(stage, LanguageStage)
    return stage


def train(stage: object, output: Path) -> dict[str, torch.Tensor]:
    schedule = ScheduleConfig.model_validate(SCHEDULE)
    return loop.run(stage, schedule, seed=1, output=output, fingerprint="test")


def vocabulary_in(base: Path) -> AudioVocabulary:
    found = AudioVocabulary.of(Checkpoint.open(base))
    assert found is not None
    return found


def logits(model: torch.nn.Module, vocabulary: AudioVocabulary, audio_id: int) -> torch.Tensor:
    """``[T, V]`` over a clip of noise and a few tokens."""
    clip, text = noise(5, 8000), (40, 41, 42)
    sequence = ClipSequence((1, *[audio_id] * 12, 2), (Branch(text, (1.0,) * len(text)),))
    with torch.no_grad():
        packed = pack([sequence])
        hidden = hidden_states(model, [mel_of(clip)], packed, audio_id, vocabulary)
        return model.lm_head(hidden[0]).float()


def test_a_clip_has_the_same_tokens_in_training_and_when_served(base: Path) -> None:
    served, vocabulary = AudioTokenizer.of(Checkpoint.open(base)), vocabulary_in(base)
    assert served is not None
    encoder = load_model(base).model.audio_tower
    examples = [example_of(voiced_record(number)) for number in (1, 20, 300)]
    for example in examples:
        ids = served.ids(example.samples()).tolist()
        assert ids == vocabulary.ids(states_of(encoder, example)).tolist()
        assert ids == ids_of(encoder, vocabulary, [mel_of(example.samples())]).tolist()


def test_a_batch_has_the_tokens_of_its_clips_in_any_precision(base: Path) -> None:
    vocabulary, encoder = vocabulary_in(base), load_model(base).model.audio_tower
    mels = [mel_of(noise(number, 8000 + 900 * number)) for number in range(4)]
    alone = torch.cat([ids_of(encoder, vocabulary, [mel]) for mel in mels])
    assert torch.equal(ids_of(encoder, vocabulary, mels), alone)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(ids_of(encoder, vocabulary, mels), alone)


def test_a_sound_is_heard_in_its_tokens_alone(base: Path, tmp_path: Path, manifest: Path) -> None:
    stage = tuned(tmp_path, base, manifest)
    audio_id = stage.writer.tokens.audio_id
    before = logits(stage.model, stage.vocabulary, audio_id)
    with torch.no_grad():
        stage.model.model.multi_modal_projector.linear_2.weight.add_(1)
    assert torch.equal(logits(stage.model, stage.vocabulary, audio_id), before)
    with torch.no_grad():
        stage.model.get_input_embeddings().rows.add_(1)
    assert not torch.allclose(logits(stage.model, stage.vocabulary, audio_id), before)


@pytest.mark.parametrize("bf16", [False, True])
def test_tune_moves_factors_and_rows(
    base: Path, tmp_path: Path, manifest: Path, bf16: bool
) -> None:
    schedule = SCHEDULE | {"bf16": bf16}
    stage = tuned(tmp_path, base, manifest, schedule=schedule, questions_per_clip=2)
    start = logits(stage.model, stage.vocabulary, stage.writer.tokens.audio_id)
    whole = load_model(base)
    expected = logits(whole, stage.vocabulary, stage.writer.tokens.audio_id)
    torch.testing.assert_close(start, expected, **({"rtol": 0.1, "atol": 1} if bf16 else {}))
    before = snapshot(stage.model)
    trained = train(stage, tmp_path / "stage")
    moved = changed(stage.model, before)
    assert moved == set(trained)
    assert {name for name in moved if not name.endswith((".a", ".b"))} == ROWS
    assert all(trained[name].shape == (SIZE, 128) for name in ROWS)
    assert all(tensor.dtype == torch.float32 for tensor in trained.values())


def test_the_loss_falls(base: Path, tmp_path: Path, manifest: Path) -> None:
    stage = tuned(tmp_path, base, manifest, lora_rate=1e-2, row_rate=1e-2,
                  schedule=SCHEDULE | {"epochs": 6})  # fmt: skip
    first, _ = stage.loss([0, 1], np.random.default_rng(0))
    loop.run(stage, stage.config.schedule, seed=1, output=tmp_path / "stage", fingerprint="test")
    last, _ = stage.loss([0, 1], np.random.default_rng(0))
    assert float(last.detach()) < 0.8 * float(first.detach())


def test_a_clip_may_be_said_and_its_undisturbed_tokens_are_learned(
    base: Path, tmp_path: Path, manifest: Path
) -> None:
    stage = tuned(tmp_path, base, manifest, kinds={"speech": 1})
    batch = [0, 1, 2]
    loss, _ = stage.loss(batch, np.random.default_rng(0))
    sequences = []
    for index in batch:
        example = stage.training[index]
        sound = ids_of(stage.model.model.audio_tower, stage.vocabulary, [mel_of(example.samples())])
        asked = stage.writer.speech(example.record, len(sound))
        [said] = asked.branches
        ids = (*sound.tolist(), stage.writer.stop)
        sequences.append(ClipSequence(asked.prefix, (Branch(ids, said.weights),)))
    packed = pack(sequences)
    hidden = token_states(stage.model, packed)
    torch.testing.assert_close(loss, weighted_loss(stage.model, hidden, packed)[0])
    loss.backward()
    rows = dict(stage.model.named_parameters())
    assert all(rows[name].grad.abs().sum() > 0 for name in ROWS)


def test_documents_and_sounds_that_are_said_share_a_batch(
    base: Path, tmp_path: Path, manifest: Path
) -> None:
    stage = tuned(tmp_path, base, manifest, kinds={"speech": 1, "plain": 1}, lora_rate=1e-2,
                  row_rate=1e-2, schedule=SCHEDULE | {"epochs": 6})  # fmt: skip
    batch = list(range(len(stage.training)))
    first, _ = stage.loss(batch, np.random.default_rng(0))
    loop.run(stage, stage.config.schedule, seed=1, output=tmp_path / "stage", fingerprint="test")
    last, _ = stage.loss(batch, np.random.default_rng(0))
    assert float(last.detach()) < 0.9 * float(first.detach())


def test_a_base_without_audio_tokens_cannot_speak(tmp_path: Path, manifest: Path) -> None:
    config = load_config(write_stage(tmp_path, "tune", manifest, kinds={"speech": 1}, lora_rank=2))
    with pytest.raises(ConfigError, match=r"kinds.speech: base .* has no audio tokens"):
        stage_of(config)


def test_resuming_is_bit_equal(base: Path, tmp_path: Path, manifest: Path) -> None:
    def fresh() -> LanguageStage:
        return tuned(tmp_path, base, manifest, schedule=SCHEDULE | {"batch_seconds": 1.0})

    whole = train(fresh(), tmp_path / "whole")
    with pytest.raises(Interrupted):
        train(Stopping(fresh(), after=3), tmp_path / "broken")
    resumed = train(fresh(), tmp_path / "broken")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_what_is_left_is_exported(base: Path, tmp_path: Path, manifest: Path) -> None:
    path = written(tmp_path, base, manifest, lora_rate=1e-2, row_rate=1e-2)
    config = load_config(path)
    stage = stage_of(config)
    assert isinstance(stage, LanguageStage)
    left = train(stage, config.output)
    export(path, tmp_path / "model")
    assert Checkpoint.open(tmp_path / "model").info.audio == "tokens"
    assert vocabulary_in(tmp_path / "model").token_ids == vocabulary_in(base).token_ids
    before, after = (load_file(folder / WEIGHTS_FILE) for folder in (base, tmp_path / "model"))
    for name, published in MATRICES.items():
        assert torch.equal(after[published][:-SIZE], before[published][:-SIZE])
        assert torch.equal(after[published][-SIZE:], left[name])
    audio_id = stage.writer.tokens.audio_id
    found = logits(load_model(tmp_path / "model"), stage.vocabulary, audio_id)
    torch.testing.assert_close(
        found, logits(stage.model, stage.vocabulary, audio_id), rtol=1e-3, atol=1e-3
    )


def test_evaluation_and_ablation_hear_tokens(base: Path, tmp_path: Path, manifest: Path) -> None:
    stage = tuned(tmp_path, base, manifest, lora_rate=1e-2, row_rate=1e-2)
    train(stage, tmp_path / "stage")
    listeners = (
        RunnerListener.load(base, "fp32"),
        trained_listener(stage.config.model_copy(update={"output": tmp_path / "stage"})),
    )
    probabilities = []
    for listener in listeners:
        for clip in (noise(1), np.zeros(16_000, np.float32)):
            heard = listener.describe(clip, None, "none")
            probabilities.append(heard.probabilities["voice"]["null"])
    assert len({round(value, 9) for value in probabilities}) == 4
    assert all(figure in (0.0, 1.0) or 0 < figure < 1 for figure in stage.evaluate().values())


def test_stock_transformers_is_given_the_tokens(base: Path) -> None:
    listener = StockListener(base)
    seen: list[dict[str, torch.Tensor]] = []
    listener.model.register_forward_pre_hook(
        lambda _, __, inputs: seen.append(inputs), with_kwargs=True
    )
    listener.ask(noise(1), "Is it loud?")
    vocabulary = vocabulary_in(base)
    ids = seen[0]["input_ids"][0].tolist()
    assert sum(token in vocabulary.token_ids for token in ids) == 25
    assert listener.tokens.audio_id not in ids
    assert seen[0].get("input_features") is None


def test_stock_transformers_draws_the_same_again_and_other_words_for_another_clip(
    base: Path,
) -> None:
    first = StockListener(base, temperature=1.0)
    drawn = [first.ask(noise(number), "Is it loud?") for number in (1, 2)]
    again = StockListener(base, temperature=1.0)
    assert [again.ask(noise(number), "Is it loud?") for number in (2, 1)] == drawn[::-1]
    assert len({*drawn, StockListener(base).ask(noise(1), "Is it loud?")}) == 3


def test_whole_matrices_move_where_the_method_is_full(
    base: Path, tmp_path: Path, manifest: Path
) -> None:
    stage = tuned(tmp_path, base, manifest, method="full", full_rate=1e-3)
    before = snapshot(stage.model)
    train(stage, tmp_path / "stage")
    moved = changed(stage.model, before)
    assert {"model.language_model.embed_tokens.weight", "lm_head.weight"} <= moved
    assert all(name.startswith(("model.language_model.", "lm_head.")) for name in moved)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("adapt", {}, "no projector is used, which is all that 'adapt' moves; go on with 'tune'"),
        ("tune", {"encoder_rate": 1e-5}, "encoder_rate is 1e-05, .*; set it to 0"),
        ("grpo", {"encoder_rate": 1e-5}, "encoder_rate is 1e-05"),
        ("tune", {"encoder": "listen"}, "encoder listen is not the one that its codebook"),
        ("tune", {"projector": "listen"}, "leave projector listen out"),
        ("tune", {"run": {"shard": True}}, "run.shard cannot split"),
        ("align", {"codebook_size": 4}, "it has a codebook already"),
    ],
)
def test_what_such_a_base_has_no_place_for_is_refused(
    base: Path, tmp_path: Path, manifest: Path, kind: str, values: dict[str, object], message: str
) -> None:
    path = written(tmp_path, base, manifest, kind, **values)
    with pytest.raises(ConfigError, match=f"reads audio tokens: .*{message}"):
        run_stage(load_config(path))
    with pytest.raises(ConfigError, match=f"reads audio tokens: .*{message}"):
        plan(path, Machines(1, None, 100.0), hours=1, shapes=None)


def test_a_plan_counts_what_moves(base: Path, tmp_path: Path, manifest: Path) -> None:
    path = written(tmp_path, base, manifest)
    parts = plan(path, Machines(1, None, 100.0), hours=None, shapes=None)["parameters"]
    groups = stage_of(load_config(path)).groups()
    moving = sum(weight.numel() for group in groups for weight in group.weights.values())
    assert sum(part["trainable"] for part in parts.values()) == moving
    assert parts["projector"]["trainable"] == 0


def test_checkpoints_from_before_rows_had_a_rate_can_be_gone_on_from(tmp_path: Path) -> None:
    def config(**values: object) -> TuneConfig:
        known = {"stage": "tune", "base": "base", "output": "o", "data": {"manifests": []}}
        return TuneConfig.model_validate(known | values)

    assert fingerprint(config()) == fingerprint(config(row_rate=1e-3))
    assert fingerprint(config()) != fingerprint(config(row_rate=2e-3))


def test_grpo_goes_on_from_tune(base: Path, tmp_path: Path, manifest: Path) -> None:
    start = tuned(tmp_path, base, manifest, lora_rate=1e-2, row_rate=1e-2)
    train(start, tmp_path / "start")
    path = written(
        tmp_path, base, manifest, "grpo", start=str(tmp_path / "start"), replies=2, reply_tokens=4
    )
    stage = stage_of(load_config(path))
    assert isinstance(stage, Grpo)
    left, _ = load_tensors(tmp_path / "start" / loop.FINAL)
    assert torch.equal(stage.model.get_input_embeddings().rows, left[INPUT_ROWS])
    heard = stage.hear("t0")
    sound = [token for token in heard.ids if token in vocabulary_in(base).token_ids]
    assert len(sound) == 12
    assert heard.mel is None
    before = snapshot(stage.model)
    trained = train(stage, tmp_path / "stage")
    moved = changed(stage.model, before)
    assert INPUT_ROWS in moved <= set(trained)
    assert set(trained) == set(left)
    assert torch.equal(trained[OUTPUT_ROWS], left[OUTPUT_ROWS])  # no reply has an audio token
    replies = stage.trainer.likeliest(["t0", "t1"])
    assert not {token for reply in replies for token in reply} & {*vocabulary_in(base).token_ids}
