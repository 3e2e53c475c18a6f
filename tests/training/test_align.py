"""Stage ``align``: tokens of a clip, what moves, what the loss learns, and resuming."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.training.conftest import example_of, voiced_record
from tests.training.test_stages import Interrupted, Stopping, changed, snapshot

from uas_model.codebook import Codebook, audio_token_names, read_codebook, write_codebook
from uas_model.errors import BadCheckpoint
from uas_training import loop
from uas_training.audio_tokens import codebook_of, fit, states_of, tokens_of
from uas_training.config import AlignConfig, ConfigError, ScheduleConfig
from uas_training.data.sequences import Writer
from uas_training.new_rows import LongerEmbedding, LongerHead, first_rows, lengthen
from uas_training.stages.align import Align, Spoken, has_transcript

EXAMPLES = [example_of(voiced_record(number)) for number in range(6)]
SCHEDULE = ScheduleConfig(
    epochs=2, batch_seconds=1.0, bf16=False, threads=1, checkpoint_minutes=0.0
)
SIZE = 8


def config_of(output: Path, **changes: object) -> AlignConfig:
    values = {
        "stage": "align", "base": Path("base"), "output": output, "data": {"manifests": ()},
        "schedule": SCHEDULE, "codebook_size": SIZE,
    }  # fmt: skip
    return AlignConfig(**(values | changes))


def stage_of(model, writer: Writer, config: AlignConfig) -> Align:
    encoder = model.model.audio_tower
    codebook = codebook_of(config, encoder, EXAMPLES, "test")
    first_id = len(model.get_input_embeddings().weight)
    spoken = Spoken(EXAMPLES, tokens_of(encoder, codebook, EXAMPLES))
    rows = first_rows(
        model, codebook.centroids, config.initialisation, torch.Generator().manual_seed(0)
    )
    rows = lengthen(model, rows)
    return Align(model, writer, first_id, spoken, spoken, rows=rows, config=config)


def train(stage: object, output: Path) -> dict[str, torch.Tensor]:
    return loop.run(stage, SCHEDULE, seed=1, output=output, fingerprint="test")


def test_the_nearest_centroid_is_the_token() -> None:
    codebook = Codebook(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]]))
    states = torch.tensor([[0.4, 0.1], [0.6, 0.1], [0.0, 2.0], [0.5, 0.0]])
    assert codebook.tokens(states).tolist() == [0, 1, 2, 0]
    with pytest.raises(BadCheckpoint, match=r"shape \(1, 3\) do not fit a codebook of width 2"):
        codebook.tokens(torch.zeros(1, 3))


def test_a_codebook_comes_back_as_it_was_written(tmp_path: Path) -> None:
    codebook = Codebook(torch.randn(SIZE, 3))
    write_codebook(codebook, tmp_path / "folder" / "book.safetensors", {"of": "test"})
    found, metadata = read_codebook(tmp_path / "folder" / "book.safetensors")
    assert torch.equal(found.centroids, codebook.centroids)
    assert metadata == {"of": "test"}
    assert len(audio_token_names(len(found))) == SIZE
    (tmp_path / "no.safetensors").write_bytes(b"no")
    with pytest.raises(BadCheckpoint, match="holds no codebook"):
        read_codebook(tmp_path / "no.safetensors")


def test_tokens_of_a_clip_are_the_same_every_time(model, tmp_path: Path) -> None:
    encoder = model.model.audio_tower
    config = config_of(tmp_path / "one")
    codebook = codebook_of(config, encoder, EXAMPLES, "test")
    again = codebook_of(config_of(tmp_path / "two"), encoder, EXAMPLES, "test")
    assert torch.equal(codebook.centroids, again.centroids)
    together = tokens_of(encoder, codebook, EXAMPLES)
    alone = [tokens_of(encoder, again, [example])[0] for example in reversed(EXAMPLES)]
    assert together == alone[::-1]
    assert all(len(tokens) == len(states_of(encoder, EXAMPLES[0])) for tokens in together)


def test_a_fitted_codebook_is_read_again_and_guarded(model, tmp_path: Path) -> None:
    encoder = model.model.audio_tower
    fitted = codebook_of(config_of(tmp_path), encoder, EXAMPLES, "test")
    assert torch.equal(codebook_of(config_of(tmp_path), encoder, [], "test").centroids,
                       fitted.centroids)  # fmt: skip
    with pytest.raises(ConfigError, match="made by another configuration"):
        codebook_of(config_of(tmp_path), encoder, EXAMPLES, "other")
    with pytest.raises(ConfigError, match=r"codebook_size 5000 is more than the \d+ states"):
        codebook_of(config_of(tmp_path / "big", codebook_size=5000), encoder, EXAMPLES, "test")


def test_centroids_are_near_what_they_stand_for() -> None:
    corners = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    states = corners.repeat(200, 1) + 0.1 * torch.randn(600, 2)
    centroids = fit(states, 3, seed=0).centroids
    assert float(torch.cdist(corners, centroids).min(dim=1).values.max()) < 0.1


def test_longer_layers_leave_old_tokens_as_they_were() -> None:
    torch.manual_seed(0)
    embedding, head, rows = (
        torch.nn.Embedding(5, 4),
        torch.nn.Linear(4, 5, False),
        torch.randn(3, 4),
    )
    ids, states = torch.tensor([[0, 4, 5, 7]]), torch.randn(2, 4)
    table = torch.cat([embedding.weight, rows])
    assert torch.equal(LongerEmbedding(embedding, rows)(ids), table[ids])
    logits = LongerHead(head, rows)(states)
    assert torch.equal(logits[:, :5], head(states))
    torch.testing.assert_close(logits[:, 5:], states @ rows.T)


@pytest.mark.parametrize("initialisation", ["projector", "mean"])
def test_nothing_but_the_new_rows_moves(
    model, writer: Writer, tmp_path: Path, initialisation: str
) -> None:
    stage = stage_of(model, writer, config_of(tmp_path, initialisation=initialisation))
    before = snapshot(model)
    trained = train(stage, tmp_path)
    rows = {"model.language_model.embed_tokens.rows", "lm_head.rows"}
    assert changed(model, before) == rows
    assert {tensor.shape for tensor in trained.values()} == {(SIZE, 24)}
    assert set(trained) == {"rows.input", "rows.output"}


def test_new_tokens_start_no_likelier_than_old_ones(model) -> None:
    centroids = 50 * torch.randn(64, 16)  # what the projector makes of these is long
    rows = first_rows(model, centroids, "projector", torch.Generator().manual_seed(0))
    states = torch.randn(32, 24)
    old, new = states @ model.lm_head.weight.detach().T, states @ rows.outputs.T
    assert float(new.std()) < 1.2 * float(old.std())


def test_both_directions_are_learned(model, writer: Writer, tmp_path: Path) -> None:
    stage = stage_of(model, writer, config_of(tmp_path, row_rate=3e-2))
    before = stage.evaluate()
    train(stage, tmp_path)
    after = stage.evaluate()
    assert set(after) == {"asr loss", "tts loss"}
    assert after["tts loss"] < 0.9 * before["tts loss"]
    assert after["asr loss"] < before["asr loss"]


def test_sequences_hold_tokens_and_no_place_of_a_clip(
    model, writer: Writer, tmp_path: Path
) -> None:
    stage = stage_of(model, writer, config_of(tmp_path))
    asr = stage.sequence(stage.training, 0, "asr")
    tts = stage.sequence(stage.training, 0, "tts")
    sound = tuple(stage.first_id + token for token in stage.training.tokens[0])
    assert writer.tokens.audio_id not in (*asr.prefix, *tts.prefix)
    assert tts.branches[0].ids == (*sound, writer.stop)
    start = asr.prefix.index(sound[0])
    assert asr.prefix[start : start + len(sound)] == sound
    assert writer.tokens.decode(asr.branches[0].ids) == "Good morning."
    assert not set(sound) & set(tts.prefix)


def test_clips_without_a_known_transcript_are_left_out() -> None:
    known = {**voiced_record().known, "transcription": "none"}
    assert has_transcript(EXAMPLES[0])
    assert not has_transcript(example_of(voiced_record(known=known)))


def test_resuming_is_bit_equal(tmp_path: Path, writer: Writer, request) -> None:
    model = request.getfixturevalue("model")
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def fresh(folder: str) -> tuple[Align, Path]:
        restored = type(model)(model.config)
        restored.load_state_dict(start)
        return stage_of(restored, writer, config_of(tmp_path / folder)), tmp_path / folder

    whole = train(*fresh("whole"))
    stage, output = fresh("broken")
    with pytest.raises(Interrupted):
        train(Stopping(stage, after=4), output)
    resumed = train(*fresh("broken"))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert np.isfinite(float(whole["rows.input"].detach().sum()))
