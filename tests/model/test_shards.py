"""Weights in one file or in several are the same tensors; memory holds those of one file."""

import json
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from uas_model.errors import BadCheckpoint, ModelError
from uas_model.export import write_weights
from uas_model.shards import INDEX_FILE, WEIGHTS_FILE, read_tensors, write_tensors

TENSORS = {f"t{number}": torch.full((number, 4), float(number)) for number in range(1, 8)}
ROW = 16  # bytes


def test_one_file_without_an_index(tmp_path: Path) -> None:
    write_tensors(TENSORS.items(), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [WEIGHTS_FILE]
    assert_same(read_tensors(tmp_path))


def assert_same(found: dict[str, torch.Tensor]) -> None:
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in TENSORS.items())


@pytest.mark.parametrize(
    ("shard_bytes", "sizes"),
    [(1, [1, 2, 3, 4, 5, 6, 7]), (6 * ROW, [6, 4, 5, 6, 7]), (27 * ROW, [21, 7])],
)
def test_several_files_with_an_index(tmp_path: Path, shard_bytes: int, sizes: list[int]) -> None:
    write_tensors(TENSORS.items(), tmp_path, shard_bytes)
    index = json.loads((tmp_path / INDEX_FILE).read_text(encoding="utf-8"))
    files = sorted(tmp_path.glob("*.safetensors"))
    count = len(sizes)
    assert [file.name for file in files] == [
        f"model-{number:05}-of-{count:05}.safetensors" for number in range(1, count + 1)
    ]
    rows = [sum(len(tensor) for tensor in load_file(file).values()) for file in files]
    assert rows == sizes
    assert index["metadata"] == {"total_size": 28 * ROW}
    for name, place in index["weight_map"].items():
        assert name in load_file(tmp_path / place)
    assert_same(read_tensors(tmp_path))


def test_what_was_written_is_let_go(tmp_path: Path) -> None:
    alive: set[str] = set()
    most = 0

    def made() -> Iterator[tuple[str, torch.Tensor]]:
        nonlocal most
        for number in range(20):
            tensor = torch.zeros(4)
            alive.add(f"t{number}")
            weakref.finalize(tensor, alive.discard, f"t{number}")
            most = max(most, len(alive))
            yield f"t{number}", tensor

    write_tensors(made(), tmp_path, shard_bytes=3 * ROW)
    assert most <= 3 + 2  # a file's, the one that does not fit any more, the one that is made


def test_a_name_that_no_reader_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"'model\.model\.norm' is not a name that vLLM reads"):
        write_weights([("model.model.norm", torch.zeros(1))], tmp_path, None)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot write .*nowhere"):
        write_tensors(TENSORS.items(), tmp_path / "nowhere")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCheckpoint, match=f"holds no {WEIGHTS_FILE}; make the model again"):
        read_tensors(tmp_path)
    write_tensors(TENSORS.items(), tmp_path)
    whole = (tmp_path / WEIGHTS_FILE).read_bytes()
    (tmp_path / WEIGHTS_FILE).write_bytes(whole[:-3])
    with pytest.raises(BadCheckpoint, match=f"{WEIGHTS_FILE} cannot be read"):
        read_tensors(tmp_path)
