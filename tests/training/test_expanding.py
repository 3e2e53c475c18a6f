"""The checkpoint of ``align``: opened by this package and by stock transformers, rows in place."""

from pathlib import Path

import numpy as np
import pytest
import torch
from toy_training import write_clips, write_stage

from uas_model.checkpoint import CODEBOOK_FILE, CODEBOOK_FOLDER, Checkpoint
from uas_model.codebook import read_codebook
from uas_model.load import load_model
from uas_training.ablation.merging import trained_listener
from uas_training.checkpoints import load_tensors
from uas_training.config import AlignConfig, ConfigError, TuneConfig, load_config
from uas_training.expanding import expand
from uas_training.loop import FINAL
from uas_training.run_stage import run_stage

SCHEDULE = {"epochs": 1, "batch_seconds": 4.0, "bf16": False, "threads": 1}
SIZE = 16


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> AlignConfig:
    """A finished stage on twelve clips."""
    folder = tmp_path_factory.mktemp("align")
    manifest = write_clips(folder / "clips", 12)
    path = write_stage(folder, "align", manifest, schedule=SCHEDULE, codebook_size=SIZE)
    found = load_config(path)
    assert isinstance(found, AlignConfig)
    run_stage(found)
    return found


def test_the_longer_vocabulary_is_a_stock_checkpoint(config: AlignConfig, tmp_path: Path) -> None:
    folder = expand(config, tmp_path / "discrete")
    checkpoint = Checkpoint.open(folder)
    before = Checkpoint.open(config.base).tokenizer
    tokens = checkpoint.tokenizer
    assert checkpoint.info.name == "tiny-random-discrete"
    assert checkpoint.info.audio == "tokens"
    assert len(tokens) == len(before) + SIZE
    assert tokens.control("<|audio_0|>") == len(before)
    assert tokens.control(f"<|audio_{SIZE - 1}|>") == len(tokens) - 1
    assert tokens.encode_text("<|audio_0|>") == before.encode_text("<|audio_0|>")

    model, old = load_model(folder), load_model(config.base)
    rows, _ = load_tensors(config.output / FINAL)
    table, old_table = model.get_input_embeddings().weight, old.get_input_embeddings().weight
    assert torch.equal(table[: len(before)], old_table)
    assert torch.equal(table[len(before) :], rows["rows.input"])
    assert torch.equal(model.lm_head.weight[len(before) :], rows["rows.output"])
    assert model.config.text_config.vocab_size == len(tokens)


def test_the_codebook_lies_in_its_own_folder_and_is_verified(
    config: AlignConfig, tmp_path: Path
) -> None:
    folder = expand(config, tmp_path / "discrete")
    codebook, _ = read_codebook(folder / CODEBOOK_FOLDER / CODEBOOK_FILE)
    assert len(codebook) == SIZE
    assert [path.name for path in folder.glob("*.safetensors")] == ["model.safetensors"]
    assert f"{CODEBOOK_FOLDER}/{CODEBOOK_FILE}" in Checkpoint.open(folder).info.weights_sha256


def test_later_stages_and_the_runner_take_it_as_it_is(config: AlignConfig, tmp_path: Path) -> None:
    base = expand(config, tmp_path / "base")
    [manifest] = config.data.manifests
    values = {"schedule": SCHEDULE, "lora_rank": 2, "kinds": {"plain": 1}}
    path = write_stage(tmp_path, "tune", manifest, **values)
    tuned = load_config(path)
    assert isinstance(tuned, TuneConfig)
    assert tuned.base == base
    run_stage(tuned)
    left, _ = load_tensors(tuned.output / FINAL)
    rows, _ = load_tensors(config.output / FINAL)
    assert left["lm_head.rows"].shape == rows["rows.output"].shape
    assert not torch.equal(left["model.language_model.embed_tokens.rows"], rows["rows.input"])
    listener = trained_listener(tuned)
    assert listener.ask(np.zeros(8000, np.float32), "Is it loud?", ("yes", "no")) in ("yes", "no")


def test_an_unfinished_stage_is_refused_and_leaves_nothing(
    config: AlignConfig, tmp_path: Path
) -> None:
    (tmp_path / "stage").mkdir()
    source = (config.output / CODEBOOK_FILE).read_bytes()
    (tmp_path / "stage" / CODEBOOK_FILE).write_bytes(source)
    unfinished = config.model_copy(update={"output": tmp_path / "stage"})
    with pytest.raises(ConfigError, match="is no finished stage"):
        expand(unfinished, tmp_path / "discrete")
    assert not (tmp_path / "discrete").exists()
