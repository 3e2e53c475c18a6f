"""The model of a finished ``align`` stage: a base whose vocabulary has audio tokens.

It is a checkpoint of the same architecture with longer matrices, so stock transformers and vLLM
load it, and later stages take it as their ``base``. The codebook lies in its own folder, and the
`uas` section says that clips are audio tokens. The projector is still there, and unused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer

from uas_model.checkpoint import CODEBOOK_FILE, CODEBOOK_FOLDER, Checkpoint
from uas_model.codebook import Codebook, audio_token_names, read_codebook, write_codebook
from uas_model.errors import BadCheckpoint
from uas_model.export import write_processor
from uas_model.names import EMBEDDINGS, OUTPUT
from uas_training.config import AlignConfig, ConfigError
from uas_training.finished import load_final
from uas_training.stages.align import INPUT_ROWS, OUTPUT_ROWS
from uas_training.whole_model import WholeModel, whole_model, write_model

NAME_END = "-discrete"


def expand(config: AlignConfig, target: Path) -> Path:
    """Write the checkpoint into ``target``, whole or not at all, in the type of the base.

    Raises:
        ConfigError: see ``expanded_model``.
        uas_model.errors.ModelError: the base or the codebook is not right, or a file cannot be
            written.
    """
    base = Checkpoint.open(config.base)
    name = base.info.name + NAME_END
    info = replace(base.info, name=name, draft_model=None, audio="tokens", weights_sha256={})
    return write_model(expanded_model(config, base), target, info)


def expanded_model(
    config: AlignConfig, base: Checkpoint, as_type: torch.dtype | None = None
) -> WholeModel:
    """The base with the encoder and projector of the stage, and with its new rows.

    ``as_type`` is as in ``whole_model``.

    A draft model is not copied: this is a base to train on.

    Raises:
        ConfigError: the stage is not finished, or the base's tokenizer has fewer ids than its
            matrices have rows, so that new tokens would get the ids of old rows.
        uas_model.errors.BadCheckpoint: the base or the codebook is not right.
    """
    codebook, _ = read_codebook(config.output / CODEBOOK_FILE)
    new = load_final(config.output)
    model = whole_model(config, base, as_type)
    rows = model.shape.text_config.vocab_size + len(codebook)
    tokenizer = Tokenizer.from_file(str(base.path / "tokenizer.json"))
    known = tokenizer.get_vocab_size(with_added_tokens=True)
    if known + len(codebook) != rows:
        raise ConfigError(
            f"{known} ids and {len(codebook)} audio tokens do not fill {rows} rows; take a base "
            "whose tokenizer has an id for every row"
        )
    names = audio_token_names(len(codebook))
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in names])
    model.shape.text_config.vocab_size = rows

    def write_rest(folder: Path) -> None:
        write_codebook(codebook, folder / CODEBOOK_FOLDER / CODEBOOK_FILE)
        bins = model.shape.audio_config.num_mel_bins
        write_processor(tokenizer, folder, bins, base.info.prompt_family)

    added = _added_rows(config, new, codebook)
    return replace(model, tensors=_lengthened(model.tensors, added), write_rest=write_rest)


def _added_rows(
    config: AlignConfig, new: Mapping[str, torch.Tensor], codebook: Codebook
) -> dict[str, torch.Tensor]:
    """The new rows by published name of the matrix that they go to.

    Raises:
        BadCheckpoint: there are none, or not one for each audio token.
    """
    added = {}
    for name, own in ((EMBEDDINGS, INPUT_ROWS), (OUTPUT, OUTPUT_ROWS)):
        if own not in new or len(new[own]) != len(codebook):
            found = len(new[own]) if own in new else "no"
            raise BadCheckpoint(
                f"{config.output} holds {found} {own} for {len(codebook)} audio tokens; run the "
                "stage again"
            )
        added[name] = new[own]
    return added


def _lengthened(
    tensors: Iterator[tuple[str, torch.Tensor]], added: Mapping[str, torch.Tensor]
) -> Iterator[tuple[str, torch.Tensor]]:
    for name, tensor in tensors:
        if name in added:
            yield name, torch.cat([tensor, added[name].to(tensor.dtype)])
        else:
            yield name, tensor
