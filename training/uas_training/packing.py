"""Turn finished stages into the small files that ``uas model build`` merges into the base model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from uas_model.audio_tokens import WINDOW_S
from uas_model.checkpoint import DraftUse
from uas_model.manifest import Manifest, Scalar
from uas_model.names import published_name
from uas_model.sources import base_sums
from uas_model.trained import Adapter, TrainedWeights, pack_trained
from uas_training.checkpoints import load_tensors
from uas_training.config import ConfigError, LowRankConfig, load_config
from uas_training.loop import FINAL
from uas_training.run_stage import LISTEN_ENCODER, MODEL_ENCODER
from uas_training.stages.adapt import PROJECTOR


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
        ConfigError: the configuration is of another stage, or the stage is not finished.
        BadCheckpoint: a tensor does not belong to the model.
    """
    config = load_config(config_path)
    if not isinstance(config, LowRankConfig):
        raise ConfigError(f"{config_path.name}: only the stages 'tune' and 'grpo' can be packed")
    if config.method == "full":
        raise ConfigError(f"{config_path.name}: only low-rank factors can be packed, not 'full'")
    tuned, _ = load_tensors(config.output / FINAL)
    manifest = Manifest(
        name=card.name,
        variant="nc" if config.data.non_commercial else "open",
        licence=card.licence,
        languages=card.languages,
        prompt_family=card.prompt_family,
        wants_draft=card.wants_draft,
        document_window_s=document_window_s(config.data.max_seconds),
        lora_rank=config.lora_rank,
        lora_alpha=config.lora_alpha,
        base=base_sums(),
        run=dict(run),
    )
    return pack_trained(trained_weights(tuned, _encoder(config)), manifest, folder)


def document_window_s(longest_s: float) -> int:
    """What documents are cut to: the longest clip that training took, in whole seconds.

    Longer clips are heard badly (docs/performance.md), and the base hears no more than its window.
    """
    return max(1, min(int(longest_s), WINDOW_S))


def trained_weights(tuned: Mapping[str, Tensor], encoder: Mapping[str, Tensor]) -> TrainedWeights:
    """Sort a stage's tensors into whole tensors and low-rank factors, under published names.

    ``encoder`` is what ``listen`` left; where ``tune`` moved the encoder too, its tensors win.
    """
    whole = {**encoder}
    whole |= {k: v for k, v in tuned.items() if k.startswith((PROJECTOR, MODEL_ENCODER))}
    adapters = {
        published_name(name.removesuffix(".a") + ".weight"): Adapter(
            a=tensor, b=tuned[name.removesuffix(".a") + ".b"]
        )
        for name, tensor in tuned.items()
        if name.endswith(".a")
    }
    replaced = {published_name(name): tensor for name, tensor in whole.items()}
    return TrainedWeights(replaced=replaced, adapters=adapters)


def _encoder(config: LowRankConfig) -> dict[str, Tensor]:
    """The encoder's tensors of the ``listen`` stage, under their names in the whole model."""
    if config.encoder is None:
        return {}
    tensors, _ = load_tensors(config.encoder / FINAL)
    return {
        MODEL_ENCODER + name.removeprefix(LISTEN_ENCODER): tensor
        for name, tensor in tensors.items()
        if name.startswith(LISTEN_ENCODER)
    }
