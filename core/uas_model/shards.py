"""Tensors of a checkpoint on the disk: one safetensors file, or several with an index beside them.

Reading maps the files, so a tensor takes memory only while it is used. Writing takes tensors one
after the other and holds those of one file. Knows nothing of names; see `uas_model.names`.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from uas_model.errors import BadCheckpoint, ModelError

WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = f"{WEIGHTS_FILE}.index.json"
SHARD_BYTES = 5_000_000_000
"""The largest file, in bytes; a tensor that is larger has a file of its own."""


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """The model's tensors in a checkpoint folder by published name, as they are stored.

    Raises:
        BadCheckpoint: there are none, or a file is damaged.
    """
    tensors: dict[str, Tensor] = {}
    for file in sorted(folder.glob("*.safetensors")):
        try:
            tensors |= load_file(file)
        except (OSError, SafetensorError) as error:
            raise BadCheckpoint(
                f"{folder.name}/{file.name} cannot be read: {error}; make the model again"
            ) from error
    if not tensors:
        raise BadCheckpoint(f"{folder} holds no {WEIGHTS_FILE}; make the model again")
    return tensors


def write_tensors(
    tensors: Iterable[tuple[str, Tensor]], folder: Path, shard_bytes: int = SHARD_BYTES
) -> None:
    """Write tensors with their names, as transformers and vLLM look for them.

    Up to `shard_bytes` that is `model.safetensors`; more becomes `model-00001-of-00002.safetensors`
    and so on, with `model.safetensors.index.json`.

    Raises:
        ModelError: a file cannot be written.
    """
    shards = _Shards(folder)
    for name, tensor in tensors:
        if shards.held and shards.held_bytes + tensor.nbytes > shard_bytes:
            shards.flush()
        shards.held[name] = tensor.contiguous()
        shards.held_bytes += tensor.nbytes
    shards.flush()
    shards.name_files()


class _Shards:
    """Files that are filled one after the other; how many there are is known at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[str, Tensor] = {}
        self.held_bytes = 0
        self.files: list[tuple[Path, list[str]]] = []
        self.written_bytes = 0

    def flush(self) -> None:
        """Write what is held as one file, and let go of it."""
        file = self.folder / f"shard-{len(self.files)}.safetensors"
        try:
            save_file(self.held, file, metadata={"format": "pt"})
        except SafetensorError as error:
            raise ModelError(f"cannot write {file.parent}: {error}") from error
        self.files.append((file, list(self.held)))
        self.written_bytes += self.held_bytes
        self.held, self.held_bytes = {}, 0

    def name_files(self) -> None:
        """Give the files their names, and write the index of several."""
        count = len(self.files)
        if count == 1:
            self.files[0][0].rename(self.folder / WEIGHTS_FILE)
            return
        places: dict[str, str] = {}
        for number, (file, names) in enumerate(self.files, start=1):
            final = file.with_name(f"model-{number:05}-of-{count:05}.safetensors")
            file.rename(final)
            places |= dict.fromkeys(names, final.name)
        index = {"metadata": {"total_size": self.written_bytes}, "weight_map": places}
        text = json.dumps(index, indent=2, sort_keys=True) + "\n"
        (self.folder / INDEX_FILE).write_text(text, encoding="utf-8")
