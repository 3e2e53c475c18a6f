"""Trained weights: what is packed is applied, and what does not fit is refused."""

from pathlib import Path

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uas_model.base import Base
from uas_model.checksum import sha256_file
from uas_model.errors import BadCheckpoint, ChecksumMismatch, UnsafeCheckpoint, WeightsMissing
from uas_model.manifest import MANIFEST_FILE, Manifest
from uas_model.names import check_names, published_name
from uas_model.sources import base_sums
from uas_model.trained import (
    TRAINED_FILE,
    Adapter,
    TrainedWeights,
    apply_trained,
    pack_trained,
    read_trained,
)

PROJECTOR = "multi_modal_projector.linear_1.weight"
QUERY = "language_model.model.layers.0.self_attn.q_proj.weight"
CONVOLUTION = "audio_tower.conv1.bias"


def manifest(rank: int = 4) -> Manifest:
    return Manifest(
        name="uas-audio-tiny",
        variant="open",
        licence="Apache-2.0",
        languages=("en",),
        prompt_family="smollm2-chatml",
        wants_draft="forced",
        lora_rank=rank,
        lora_alpha=8,
        base=base_sums(),
        run={"seed": 1},
    )


def some_weights(base: Base, rank: int = 4, seed: int = 0) -> TrainedWeights:
    generator = torch.Generator().manual_seed(seed)
    rows, columns = base.model.tensors[QUERY].shape
    return TrainedWeights(
        replaced={PROJECTOR: torch.randn(base.model.tensors[PROJECTOR].shape, generator=generator)},
        deltas={
            CONVOLUTION: torch.randn(base.model.tensors[CONVOLUTION].shape, generator=generator)
        },
        adapters={
            QUERY: Adapter(
                a=torch.randn(rank, columns, generator=generator),
                b=torch.randn(rows, rank, generator=generator),
            )
        },
    )


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=15,
)
@given(rank=st.integers(1, 32), seed=st.integers(0, 2**31))
def test_applied_weights_are_those_that_were_packed(
    tiny_base: Base, tmp_path: Path, rank: int, seed: int
) -> None:
    weights = some_weights(tiny_base, rank, seed)
    packed = pack_trained(weights, manifest(rank), tmp_path / "packed")
    read, found = read_trained(packed)
    merged = apply_trained(tiny_base.model.tensors, read, found.lora_scale)
    old = tiny_base.model.tensors
    adapter = weights.adapters[QUERY]
    expected = {
        PROJECTOR: weights.replaced[PROJECTOR].bfloat16().float(),
        CONVOLUTION: old[CONVOLUTION] + weights.deltas[CONVOLUTION].bfloat16().float(),
        QUERY: old[QUERY]
        + 8 / rank * (adapter.b.bfloat16().float() @ adapter.a.bfloat16().float()),
    }
    assert merged.keys() == old.keys()
    for name, tensor in merged.items():
        torch.testing.assert_close(tensor, expected.get(name, old[name]))


def test_the_base_is_left_as_it_was(tiny_base: Base) -> None:
    before = {name: tensor.clone() for name, tensor in tiny_base.model.tensors.items()}
    apply_trained(tiny_base.model.tensors, some_weights(tiny_base), 2.0)
    assert all(torch.equal(before[name], now) for name, now in tiny_base.model.tensors.items())


def test_the_manifest_names_what_was_packed(tiny_base: Base, tmp_path: Path) -> None:
    packed = pack_trained(some_weights(tiny_base), manifest(), tmp_path)
    document = yaml.safe_load((packed / MANIFEST_FILE).read_text(encoding="utf-8"))
    assert document["files"] == {TRAINED_FILE: sha256_file(packed / TRAINED_FILE)}
    assert document["variant"] == "open"
    assert document["base"] == base_sums()


def test_a_rank_that_is_not_the_manifests_is_refused(tiny_base: Base, tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"ranks \(4, 4\), weights\.yaml says 8"):
        pack_trained(some_weights(tiny_base, rank=4), manifest(rank=8), tmp_path)


def test_a_name_that_vllm_does_not_read_is_refused(tmp_path: Path) -> None:
    weights = TrainedWeights(replaced={"language_model.model.model.norm.weight": torch.ones(2)})
    with pytest.raises(BadCheckpoint, match=r"'language_model\.model\.model\.norm\.weight' is not"):
        pack_trained(weights, manifest(), tmp_path)


def test_a_shape_that_is_not_the_bases_is_refused(tiny_base: Base) -> None:
    weights = TrainedWeights(replaced={PROJECTOR: torch.ones(2, 3)})
    with pytest.raises(BadCheckpoint, match=r"has shape \(2, 3\), the base's has \(32, 16\)"):
        apply_trained(tiny_base.model.tensors, weights, 1.0)


def test_a_changed_file_is_refused(tiny_base: Base, tmp_path: Path) -> None:
    packed = pack_trained(some_weights(tiny_base), manifest(), tmp_path)
    path = packed / TRAINED_FILE
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ChecksumMismatch, match=r"trained\.safetensors: SHA-256 is"):
        read_trained(packed)


def test_a_link_that_leads_outside_is_refused(tiny_base: Base, tmp_path: Path) -> None:
    packed = pack_trained(some_weights(tiny_base), manifest(), tmp_path / "packed")
    outside = tmp_path / "outside.safetensors"
    (packed / TRAINED_FILE).rename(outside)
    (packed / TRAINED_FILE).symlink_to(outside)
    with pytest.raises(UnsafeCheckpoint, match="leads outside the folder"):
        read_trained(packed)


@pytest.mark.parametrize("name", ["weights.pkl", "../x.safetensors", "/x.safetensors", "a.bin"])
def test_other_files_than_safetensors_in_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    document = manifest().model_dump(mode="json") | {"files": {name: "0" * 64}}
    (tmp_path / MANIFEST_FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(BadCheckpoint, match=r"weights\.yaml: files\."):
        read_trained(tmp_path)


def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / TRAINED_FILE).write_bytes(b"\x80\x04pickled")
    sums = {TRAINED_FILE: sha256_file(tmp_path / TRAINED_FILE)}
    document = manifest().model_dump(mode="json") | {"files": sums}
    (tmp_path / MANIFEST_FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(BadCheckpoint, match="is no safetensors file"):
        read_trained(tmp_path)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="there are no trained weights in"):
        read_trained(tmp_path)


def test_an_unknown_key_of_the_manifest_is_named(tmp_path: Path) -> None:
    document = manifest().model_dump(mode="json") | {"licens": "MIT"}
    (tmp_path / MANIFEST_FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(BadCheckpoint, match="licens: Extra inputs are not permitted"):
        read_trained(tmp_path)


def test_names_in_memory_become_published_names() -> None:
    names = [
        "model.audio_tower.layers.0.fc1.weight",
        "model.multi_modal_projector.linear_2.bias",
        "model.language_model.layers.3.mlp.up_proj.weight",
        "model.language_model.norm.weight",
        "lm_head.weight",
    ]
    check_names(map(published_name, names))
    with pytest.raises(BadCheckpoint, match="remove wrappers"):
        published_name("base_model.model.lm_head.weight")
