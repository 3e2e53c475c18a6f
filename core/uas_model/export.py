"""Write a checkpoint folder that stock transformers, stock vLLM and this package load.

Tensors are written under the published names, never through `save_pretrained`: on a freshly built
AudioFlamingo3 transformers 5.19 writes `language_model.model.model.*`, which vLLM refuses. A
folder is made beside its final place and renamed, so there is never half a checkpoint.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import (
    AudioFlamingo3Config,
    AudioFlamingo3Processor,
    PreTrainedTokenizerFast,
    WhisperFeatureExtractor,
)

from uas_model.audio_tokens import WINDOW_S
from uas_model.base import Base
from uas_model.checkpoint import DRAFT_FOLDER, CheckpointInfo
from uas_model.checksum import sha256_file
from uas_model.codebook import audio_tokens_of
from uas_model.errors import BadCheckpoint
from uas_model.names import check_names
from uas_model.shards import SHARD_BYTES, write_tensors
from uas_model.tokenizer import AUDIO_TOKEN

END_OF_TURN = "<|im_end|>"
PADDING = "<|endoftext|>"


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill that takes the place of `target` when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    old = scratch.with_name(f"{scratch.name}-old")
    try:
        yield scratch
        _settle(scratch)
        if target.exists():
            target.replace(old)
        scratch.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_checkpoint(base: Base, target: Path, dtype: torch.dtype, info: CheckpointInfo) -> None:
    """Write a model, its processor, its draft model and its configuration as one folder."""
    with new_folder(target) as folder:
        write_weights(base.model.tensors.items(), folder, dtype)
        write_processor(base.tokenizer, folder, base.model.mel_bins, info.prompt_family)
        _copy_draft(base.draft, folder / DRAFT_FOLDER)
        write_config(base.model.config, folder, dtype, info)


def write_weights(
    tensors: Iterable[tuple[str, torch.Tensor]],
    folder: Path,
    dtype: torch.dtype | None,
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Write tensors with their names, one after the other; see `write_tensors`.

    `dtype` None leaves each in its own type.

    Raises:
        BadCheckpoint: a name that vLLM and transformers would not find.
    """
    write_tensors(_stored(tensors, dtype), folder, shard_bytes)


def _stored(
    tensors: Iterable[tuple[str, torch.Tensor]], dtype: torch.dtype | None
) -> Iterator[tuple[str, torch.Tensor]]:
    for name, tensor in tensors:
        check_names([name])
        yield name, tensor.to(dtype or tensor.dtype)


def write_processor(tokenizer: Tokenizer, folder: Path, mel_bins: int, prompt_family: str) -> None:
    """Write tokenizer, feature extractor, processor and chat template.

    Audio tokens are named there as special, or vLLM's grammars would take them for text.

    Raises:
        BadCheckpoint: there is no chat template for the prompt family.
    """
    template = files("uas_model").joinpath(f"data/{prompt_family}.jinja")
    if not template.is_file():
        raise BadCheckpoint(
            f"there is no chat template of the prompt family {prompt_family!r} here; put the "
            "processor's files beside the base's tokenizer.json"
        )
    sounds = audio_tokens_of(tokenizer)
    features = WhisperFeatureExtractor(  # type: ignore[no-untyped-call] # transformers is untyped here
        feature_size=mel_bins, return_attention_mask=True
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call] # transformers is untyped here
        tokenizer_object=tokenizer,
        eos_token=END_OF_TURN,
        pad_token=PADDING,
        clean_up_tokenization_spaces=False,
        **({"extra_special_tokens": sounds} if sounds else {}),
    )
    processor = AudioFlamingo3Processor(  # type: ignore[no-untyped-call] # transformers is untyped here
        features,
        fast,
        chat_template=template.read_text(encoding="utf-8"),
        audio_token=AUDIO_TOKEN,
        max_audio_len=WINDOW_S,
    )
    processor.save_pretrained(folder)


def write_config(
    config: AudioFlamingo3Config, folder: Path, dtype: torch.dtype, info: CheckpointInfo
) -> None:
    """Write `config.json` with a `uas` section, and `generation_config.json`.

    Call it last: the section holds the sums of the files that are there.
    """
    end = _token_id(folder, END_OF_TURN)
    padding = _token_id(folder, PADDING)
    document = config.to_diff_dict()
    document["architectures"] = ["AudioFlamingo3ForConditionalGeneration"]
    document["dtype"] = str(dtype).removeprefix("torch.")
    document["eos_token_id"] = document["text_config"]["eos_token_id"] = end
    document["pad_token_id"] = document["text_config"]["pad_token_id"] = padding
    document["uas"] = asdict(info) | {"weights_sha256": _sums(folder)}
    _write_json(folder / "config.json", document)
    generation = {"eos_token_id": end, "pad_token_id": padding, "do_sample": False}
    _write_json(folder / "generation_config.json", generation)


def _copy_draft(files: Mapping[str, Path], folder: Path) -> None:
    folder.mkdir()
    for name, path in files.items():
        shutil.copyfile(path, folder / name)


def _token_id(folder: Path, token: str) -> int:
    identifier = Tokenizer.from_file(str(folder / "tokenizer.json")).token_to_id(token)
    if identifier is None:
        raise BadCheckpoint(f"the tokenizer has no {token!r}")
    return int(identifier)


def _sums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file with weights or vocabulary, by path inside the folder."""
    held = [*folder.rglob("*.safetensors"), *folder.rglob("*.bin"), folder / "tokenizer.json"]
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in sorted(held)}


def _write_json(path: Path, document: Mapping[str, object]) -> None:
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _settle(folder: Path) -> None:
    """Give the folder ordinary permissions and bring every file to the disk."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
