"""Write the checkpoint of a finished ``align`` stage: a base whose vocabulary has audio tokens.

It is a checkpoint of the same architecture with longer matrices, so stock transformers and vLLM
load it, and later stages take it as their ``base``. The codebook lies in its own folder, and the
`uas` section says that clips are audio tokens. The projector is still there, and unused.
"""

from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import AddedToken, Tokenizer
from transformers import AutoConfig

from uas_model.checkpoint import CODEBOOK_FILE, CODEBOOK_FOLDER, Checkpoint
from uas_model.codebook import audio_token_names, read_codebook, write_codebook
from uas_model.export import (
    WEIGHTS_FILE,
    new_folder,
    write_config,
    write_processor,
    write_weights,
)
from uas_model.names import EMBEDDINGS, ENCODER, OUTPUT
from uas_model.names import PROJECTOR as PUBLISHED_PROJECTOR
from uas_training.checkpoints import load_tensors
from uas_training.config import AlignConfig, ConfigError
from uas_training.loop import FINAL
from uas_training.run_stage import LISTEN_ENCODER, LISTEN_PROJECTOR
from uas_training.stages.align import INPUT_ROWS, OUTPUT_ROWS

NAME_END = "-discrete"


def expand(config: AlignConfig, target: Path) -> Path:
    """Write the checkpoint into ``target``, whole or not at all, in the type of the base.

    Raises:
        ConfigError: the stage is not finished, or the base's tokenizer has fewer ids than its
            matrices have rows, so that new tokens would get the ids of old rows.
        uas_model.errors.RefusedModel: the base or the codebook is not right.
    """
    checkpoint = Checkpoint.open(config.base)
    codebook, _ = read_codebook(config.output / CODEBOOK_FILE)
    tensors = _tensors(config)
    tokenizer = Tokenizer.from_file(str(config.base / "tokenizer.json"))
    known = tokenizer.get_vocab_size(with_added_tokens=True)
    rows = len(tensors[EMBEDDINGS])
    if known + len(codebook) != rows:
        raise ConfigError(
            f"{known} ids and {len(codebook)} audio tokens do not fill {rows} rows; take a base "
            "whose tokenizer has an id for every row"
        )
    names = audio_token_names(len(codebook))
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in names])
    shape = AutoConfig.from_pretrained(config.base, local_files_only=True)
    shape.text_config.vocab_size = rows
    info = replace(
        checkpoint.info,
        name=checkpoint.info.name + NAME_END,
        draft_model=None,
        audio="tokens",
        weights_sha256={},
    )
    dtype = tensors[EMBEDDINGS].dtype
    with new_folder(target) as folder:
        write_weights(tensors, folder, dtype)
        write_codebook(codebook, folder / CODEBOOK_FOLDER / CODEBOOK_FILE)
        bins = shape.audio_config.num_mel_bins
        write_processor(tokenizer, folder, bins, info.prompt_family)
        write_config(shape, folder, dtype, info)
    return target


def _tensors(config: AlignConfig) -> dict[str, torch.Tensor]:
    """The base's tensors with the stage's encoder and projector, and with the new rows."""
    tensors: dict[str, torch.Tensor] = load_file(config.base / WEIGHTS_FILE)
    dtype = tensors[EMBEDDINGS].dtype
    parts = (
        (config.encoder, LISTEN_ENCODER, ENCODER),
        (config.projector, LISTEN_PROJECTOR, PUBLISHED_PROJECTOR),
    )
    for stage, prefix, published in parts:
        if stage is not None:
            found, _ = load_tensors(stage / FINAL)
            tensors |= {
                published + name.removeprefix(prefix): tensor.to(dtype)
                for name, tensor in found.items()
                if name.startswith(prefix)
            }
    rows, _ = load_tensors(config.output / FINAL)
    for name, own in ((EMBEDDINGS, INPUT_ROWS), (OUTPUT, OUTPUT_ROWS)):
        tensors[name] = torch.cat([tensors[name], rows[own].to(dtype)])
    return tensors
