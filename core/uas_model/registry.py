"""Which models can be built, and where their trained weights are.

Trained weights lie in `models/<name>/` of a checkout, or inside the installed package, where the
wheel puts the same folder. A built model lies in the cache.
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from uas_model.cache import models_dir
from uas_model.errors import WeightsMissing
from uas_model.manifest import MANIFEST_FILE, read_manifest

DEFAULT_MODEL = "uas-audio-tiny"
UNTRAINED_MODEL = "uas-audio-tiny-base"


@dataclass(frozen=True)
class KnownModel:
    """A model that can be built: trained weights and their terms, and the built folder if any."""

    name: str
    variant: str | None
    licence: str | None
    built: Path | None


def trained_root() -> Path:
    """Folder of all trained weights: the checkout's `models/`, else the package's copy."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "models"
    return Path(str(files("uas_model").joinpath("data/models")))


def trained_names(root: Path | None = None) -> list[str]:
    """Names of the models with trained weights, sorted."""
    return sorted(path.parent.name for path in (root or trained_root()).glob(f"*/{MANIFEST_FILE}"))


def trained_folder(name: str, root: Path | None = None) -> Path:
    """Folder of a model's trained weights.

    Raises:
        WeightsMissing: with the names that there are.
    """
    root = root or trained_root()
    known = trained_names(root)
    if name not in known:
        at_hand = ", ".join(known) or "none"
        raise WeightsMissing(
            f"there are no trained weights for {name!r} (at hand: {at_hand}); expected "
            f"models/{name}/{MANIFEST_FILE}. The untrained model is {UNTRAINED_MODEL!r}"
        )
    return root / name


def known_models() -> list[KnownModel]:
    """Every model that can be built here, trained ones first."""
    found = []
    for name in trained_names():
        manifest = read_manifest(trained_folder(name))
        found.append(KnownModel(name, manifest.variant, manifest.licence, built_folder(name)))
    untrained = KnownModel(UNTRAINED_MODEL, None, None, built_folder(UNTRAINED_MODEL))
    return [*found, untrained]


def built_folder(name: str) -> Path | None:
    """Folder of a built model in the cache, None when it is not built."""
    folder = models_dir() / name
    return folder if (folder / "config.json").is_file() else None
