"""Labelled sounds of the registry packages: ``data/sounds.yaml`` says which file is what.

Knows nothing of how a sound is mixed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field

from uas_pipeline.corpora.packages import find_package, unpack
from uas_pipeline.corpora.rcc import read_rcc
from uas_pipeline.errors import CorpusError
from uas_pipeline.package_data import read_package_yaml
from uas_schema.strict import Strict

SoundKind = Literal["discrete", "continuous", "voices"]
_SUFFIXES = (".ogg", ".oga", ".wav", ".flac", ".mp3")

Labels = Mapping[str, tuple[str, ...]]


class SoundPackage(Strict):
    """Where a package keeps its sounds, and file patterns by label."""

    root: str
    discrete: Labels = Field(default_factory=dict)
    continuous: Labels = Field(default_factory=dict)
    voices: Labels = Field(default_factory=dict)

    def labels(self, kind: SoundKind) -> Labels:
        """File patterns by label of one kind."""
        return {"discrete": self.discrete, "continuous": self.continuous, "voices": self.voices}[
            kind
        ]


class SoundFile(Strict):
    """``data/sounds.yaml`` as it is written."""

    packages: Mapping[str, SoundPackage]


@dataclass(frozen=True)
class Sound:
    """A sound file: ``name`` is its path within the package, ``kind`` how it may be used."""

    label: str
    kind: SoundKind
    package: str
    name: str
    path: Path
    licence: str


@cache
def load_sound_packages() -> Mapping[str, SoundPackage]:
    """What is heard in which package (read once)."""
    return read_package_yaml(SoundFile, "uas_pipeline.corpora", "data/sounds.yaml").packages


def read_sounds(package: str, cache_folder: Path) -> list[Sound]:
    """Every labelled sound of a package, in a fixed order.

    Raises ``CorpusError`` when a pattern of ``sounds.yaml`` finds no file.
    """
    entry = load_sound_packages()[package]
    root = _root(package, entry, cache_folder)
    files = {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if path.suffix in _SUFFIXES
    }
    licence = find_package(package).licence
    return [
        Sound(label, kind, package, name, files[name], licence)
        for kind in get_args(SoundKind)
        for label, patterns in entry.labels(kind).items()
        for name in _matches(files, patterns, f"sounds.yaml: {package}: {label}")
    ]


def _matches(names: Iterable[str], patterns: Iterable[str], where: str) -> list[str]:
    found: dict[str, None] = {}
    for pattern in patterns:
        matching = [name for name in names if fnmatchcase(name, pattern)]
        if not matching:
            raise CorpusError(f"{where}: no file is like {pattern!r}: correct the pattern")
        found |= dict.fromkeys(matching)
    return list(found)


def _root(package: str, entry: SoundPackage, cache_folder: Path) -> Path:
    root = unpack(package, cache_folder) / entry.root
    archives = sorted(root.glob("*.rcc"))
    return _unpack_archives(archives, root / "unpacked") if archives else root


def _unpack_archives(archives: list[Path], folder: Path) -> Path:
    """Take the sound files out of Qt resource archives, once: ``<archive>/<path>``."""
    done = folder / "done"
    if not done.exists():
        for archive in archives:
            for name, data in _sounds_in(archive):
                target = folder / archive.stem / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        done.touch()
    return folder


def _sounds_in(archive: Path) -> Iterator[tuple[str, bytes]]:
    for name, data in read_rcc(archive.read_bytes()):
        if name.endswith(_SUFFIXES):
            yield name, data
