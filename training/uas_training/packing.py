"""Turn finished stages into the files that ``uas model build`` merges into the base model.

Low-rank factors are small. A stage of method "full" becomes whole tensors, two bytes a weight:
bfloat16, so a model that is built in that type holds the stage's weights rounded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from uas_model.audio_tokens import WINDOW_S
from uas_model.checkpoint import Checkpoint, CheckpointInfo, DraftUse
from uas_model.manifest import Manifest, Scalar
from uas_model.names import ENCODER, in_memory_name
from uas_model.registry import UNTRAINED_MODEL
from uas_model.shards import read_tensors
from uas_model.sources import base_sums
from uas_model.trained import pack_trained
from uas_training.config import ConfigError, LowRankConfig, load_config
from uas_training.expanding import NAME_END
from uas_training.finished import beneath, load_final, trained_weights


@dataclass(frozen=True)
class Card:
    """What ``weights.yaml`` says of the result and training cannot know by itself."""

    name: str
    licence: str
    languages: tuple[str, ...]
    prompt_family: str
    wants_draft: DraftUse


def pack(config_path: Path, card: Card, run: Mapping[str, Scalar], folder: Path) -> Path:
    """Pack the result of a finished ``tune`` or ``grpo`` stage, with the encoder it stands on.

    Raises:
        ConfigError: the configuration is of another stage, the stage is not finished, or its base
            is none that ``uas model build`` could put the result on.
        uas_model.errors.RefusedModel: the base is no right checkpoint, or a tensor does not belong
            to the model.
    """
    config = load_config(config_path)
    if not isinstance(config, LowRankConfig):
        raise ConfigError(f"{config_path.name}: only the stages 'tune' and 'grpo' can be packed")
    _check_base(config, Checkpoint.open(config.base, verify=False).info)
    tuned = load_final(config.output)
    has_factors = config.method == "lora"
    manifest = Manifest(
        name=card.name,
        variant="nc" if config.data.non_commercial else "open",
        licence=card.licence,
        languages=card.languages,
        prompt_family=card.prompt_family,
        wants_draft=card.wants_draft,
        document_window_s=document_window_s(config.data.max_seconds),
        lora_rank=config.lora_rank if has_factors else 0,
        lora_alpha=config.lora_alpha if has_factors else 0.0,
        base=base_sums(),
        run=dict(run),
    )
    return pack_trained(trained_weights(tuned, _beneath(config)), manifest, folder)


def document_window_s(longest_s: float) -> int:
    """What documents are cut to: the longest clip that training took, in whole seconds.

    Longer clips are heard badly (docs/performance.md), and the base hears no more than its window.
    """
    return max(1, min(int(longest_s), WINDOW_S))


def _check_base(config: LowRankConfig, info: CheckpointInfo) -> None:
    """Refuse a stage on a base that ``uas model build`` does not start from.

    What it builds, it makes of the pinned weights. Factors are of no use on others than they were
    learnt on; whole tensors replace what a built model changed.

    Raises:
        ConfigError: names the base and what to do.
    """
    pinned = info.built_from.get("base") == "hub" or base_sums().items() <= info.built_from.items()
    if not pinned or info.audio == "tokens" or info.name.endswith(NAME_END):
        raise ConfigError(
            f"base {config.base} is {info.name!r}, which stands on other weights or another "
            "vocabulary than `uas model build` starts from; write the whole model instead: "
            "uas train export"
        )
    if config.method == "lora" and info.name != UNTRAINED_MODEL:
        raise ConfigError(
            f"base {config.base} is {info.name!r}, and low-rank factors would be merged into "
            f"{UNTRAINED_MODEL!r}; name that as base and what `uas train unpack` makes of the "
            "trained weights as start, or use method 'full'"
        )


def _beneath(config: LowRankConfig) -> dict[str, Tensor]:
    """Whole tensors that the stage goes on from: of its base, and of the stages beneath it.

    Of the base only the encoder, for method "full": that moves all the rest, and the base may be a
    built model with an encoder of its own.
    """
    tensors = _base_encoder(config.base) if config.method == "full" else {}
    return tensors | beneath(config)


def _base_encoder(base: Path) -> dict[str, Tensor]:
    return {
        in_memory_name(name): tensor
        for name, tensor in read_tensors(base).items()
        if name.startswith(ENCODER)
    }
