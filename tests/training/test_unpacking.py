"""Packed weights become the stages that they were packed from."""

from pathlib import Path

import pytest
import torch

from uas_model.errors import ModelError
from uas_model.names import in_memory_name, published_name
from uas_model.trained import Adapter, TrainedWeights
from uas_training.finished import trained_weights
from uas_training.lora import add_lora, lora_layers
from uas_training.packing import document_window_s
from uas_training.unpacking import listen_tensors, tune_tensors, unpack


def test_what_was_packed_is_unpacked(model) -> None:
    add_lora(model.model.language_model, 2, 4.0)
    tuned = {
        f"{name}.{side}": getattr(layer, side).detach()
        for name, layer in lora_layers(model)
        for side in "ab"
    }
    tuned |= {
        name: weight.detach()
        for name, weight in model.named_parameters()
        if name.startswith("model.multi_modal_projector.")
    }
    encoder = {"model.audio_tower.conv1.bias": torch.ones(16)}
    packed = trained_weights(tuned, encoder)
    again = tune_tensors(packed)
    assert again.keys() == tuned.keys()
    assert all(torch.equal(again[name], tuned[name]) for name in tuned)
    listen = listen_tensors(packed)
    assert torch.equal(listen["encoder.conv1.bias"], torch.ones(16))
    assert "projector.linear_1.weight" in listen


@pytest.mark.parametrize(("longest_s", "window_s"), [(12.0, 12), (8.9, 8), (0.5, 1), (60.0, 30)])
def test_documents_are_cut_to_the_longest_clip_of_training(longest_s: float, window_s: int) -> None:
    assert document_window_s(longest_s) == window_s


def test_every_parameter_is_named_back(model) -> None:
    for name, _ in model.named_parameters():
        assert in_memory_name(published_name(name)) == name


def test_low_rank_factors_are_float32() -> None:
    name = "language_model.model.layers.0.mlp.up_proj.weight"
    factor = torch.ones(2, 2, dtype=torch.bfloat16)
    tensors = tune_tensors(TrainedWeights(adapters={name: Adapter(factor, factor)}))
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}
    assert set(tensors) == {
        "model.language_model.layers.0.mlp.up_proj.a",
        "model.language_model.layers.0.mlp.up_proj.b",
    }


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no trained weights"):
        unpack(tmp_path, tmp_path / "out")
