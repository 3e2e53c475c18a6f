"""What a finished stage makes of its base: its own tensors, and those of the stages beneath it.

Beneath are the stages that its YAML names as ``start``, ``encoder`` and ``projector``; what the
stage moved itself goes before them. Tensors are mapped from their files, not read at once.
"""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from uas_model.names import published_name
from uas_model.trained import Adapter, TrainedWeights
from uas_training.checkpoints import load_tensors
from uas_training.config import (
    AlignConfig,
    AnyConfig,
    ConfigError,
    LanguageConfig,
    ListenConfig,
    LowRankConfig,
)
from uas_training.loop import FINAL
from uas_training.run_stage import LISTEN_ENCODER, LISTEN_PROJECTOR, MODEL_ENCODER
from uas_training.stages.adapt import PROJECTOR
from uas_training.token_base import MATRICES

FACTORS = (".a", ".b")
_ENCODER = {LISTEN_ENCODER: MODEL_ENCODER}
_PROJECTOR = {LISTEN_PROJECTOR: PROJECTOR}


def load_final(folder: Path) -> dict[str, Tensor]:
    """The tensors that a finished stage left.

    Raises:
        ConfigError: the stage is not finished, or its file is damaged.
    """
    if not (folder / FINAL).is_file():
        raise ConfigError(
            f"{folder} is no finished stage, it holds no {FINAL}; run the stage to its end, or end "
            "it where it stands: uas train finish"
        )
    return load_tensors(folder / FINAL)[0]


def finished_weights(config: AnyConfig) -> TrainedWeights:
    """All that a finished stage puts in place of its base's tensors or adds to them.

    The new rows of ``align`` are not among it (see ``uas_training.expanding``), nor are those of
    audio tokens that later stages move (``finished_rows``).

    Raises:
        ConfigError: a stage is not finished, or the factors are not those of the configuration.
        uas_model.errors.BadCheckpoint: a tensor is of no part of the model.
    """
    if isinstance(config, ListenConfig):
        return trained_weights(_heard(config.output, _ENCODER | _PROJECTOR), beneath(config))
    if isinstance(config, AlignConfig):
        return trained_weights({}, beneath(config))
    moved = load_final(config.output)
    _check_factors(config, moved)
    return trained_weights(moved, beneath(config))


def finished_rows(config: AnyConfig) -> dict[str, Tensor]:
    """Rows of audio tokens that a stage and the one it started from left, by name in memory.

    Empty where the base hears no audio tokens; those of ``align`` are longer matrices, not these.

    Raises:
        ConfigError: a stage is not finished.
    """
    if not isinstance(config, LowRankConfig):
        return {}
    stages = [folder for folder in (config.start, config.output) if folder is not None]
    return {
        name: tensor
        for folder in stages
        for name, tensor in load_final(folder).items()
        if name in MATRICES
    }


def lora_scale(config: AnyConfig) -> float:
    """Factor of every low-rank product of the stage; 0 where it has none."""
    if isinstance(config, LowRankConfig) and config.method == "lora":
        return config.lora_alpha / config.lora_rank
    return 0.0


def beneath(config: ListenConfig | AlignConfig | LanguageConfig) -> dict[str, Tensor]:
    """Whole tensors of the stages that a stage goes on from, by name in memory.

    In the order in which the stage takes them: of its ``encoder``, its ``start``, its
    ``projector``. Factors of a start are left out: the stage has gone on with them.

    Raises:
        ConfigError: one of them is not finished.
    """
    if isinstance(config, ListenConfig):
        return {} if config.start is None else _heard(config.start, _ENCODER)
    tensors = {} if config.encoder is None else _heard(config.encoder, _ENCODER)
    if isinstance(config, LanguageConfig) and config.start is not None:
        tensors |= _whole(load_final(config.start))
    if config.projector is not None:
        tensors |= _heard(config.projector, _PROJECTOR)
    return tensors


def stages_of(config: AnyConfig) -> dict[str, Path]:
    """Folders of the stage and of those beneath it, by key of the YAML."""
    keys = ("output", "start", "encoder", "projector")
    found = {key: getattr(config, key, None) for key in keys}
    return {key: folder for key, folder in found.items() if folder is not None}


def trained_weights(tuned: Mapping[str, Tensor], beneath: Mapping[str, Tensor]) -> TrainedWeights:
    """Sort a stage's tensors into whole tensors and low-rank factors, under published names.

    ``beneath`` are whole tensors that it stands on; where the stage moved one too, its own wins.
    """
    whole = {**beneath} | _whole(tuned)
    adapters = {
        published_name(name.removesuffix(".a") + ".weight"): Adapter(
            a=tensor, b=tuned[name.removesuffix(".a") + ".b"]
        )
        for name, tensor in tuned.items()
        if name.endswith(".a")
    }
    replaced = {published_name(name): tensor for name, tensor in whole.items()}
    return TrainedWeights(replaced=replaced, adapters=adapters)


def _heard(folder: Path, renames: Mapping[str, str]) -> dict[str, Tensor]:
    """Tensors of a stage ``listen`` by name in the whole model; its heads are left out."""
    return {
        replacement + name.removeprefix(prefix): tensor
        for name, tensor in load_final(folder).items()
        for prefix, replacement in renames.items()
        if name.startswith(prefix)
    }


def _whole(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What is no factor, and no row of a matrix: see ``finished_rows``."""
    return {
        name: tensor
        for name, tensor in tensors.items()
        if not name.endswith(FACTORS) and name not in MATRICES
    }


def _check_factors(config: LanguageConfig, moved: Mapping[str, Tensor]) -> None:
    """Refuse a YAML that was changed after the stage was run: its scale would be wrong.

    Raises:
        ConfigError: names what the stage holds and what the YAML says.
    """
    ranks = {len(tensor) for name, tensor in moved.items() if name.endswith(".a")}
    said: set[int] = set()
    if isinstance(config, LowRankConfig) and config.method == "lora":
        said = {config.lora_rank}
    if ranks != said:
        found = f"factors of rank {min(ranks)}" if ranks else "no low-rank factors"
        wanted = f"says lora_rank {min(said)}" if said else "asks for none"
        raise ConfigError(
            f"{config.output} holds {found} and the YAML {wanted}; give the YAML that it was run by"
        )
