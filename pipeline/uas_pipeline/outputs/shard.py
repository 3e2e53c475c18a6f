"""The finished clips of one split in one shard, and where they came from. Knows no format."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uas_pipeline.run.splits import SplitName
from uas_pipeline.steps.clip import Clip
from uas_schema.records import Record
from uas_schema.strict import Strict

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")


class Provenance(Strict):
    """Where a record came from and what made it.

    ``source`` is the file's name, and the name inside it if it is an archive; ``steps`` are the
    identities of the steps; ``configuration`` is the digest of the run's configuration.
    """

    id: str
    corpus: str
    licence: str
    source: str
    audio_sha256: str
    made_by: str
    configuration: str
    steps: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Finished:
    """A record with questions, its sound (16 kHz mono FLAC, read when asked for), its origin."""

    record: Record
    provenance: Provenance
    flac: Callable[[], bytes]


@dataclass(frozen=True)
class Shard:
    """Finished clips of one split, in order. ``name`` is that of its files."""

    split: SplitName
    index: int
    items: Sequence[Finished]

    @property
    def name(self) -> str:
        """Such as "train-00003"."""
        return f"{self.split}-{self.index:05d}"


def file_name(identity: str) -> str:
    """Name for the file of a clip: its id if that is plain, else a plain part and a digest."""
    if _PLAIN_NAME.fullmatch(identity):
        return identity
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", identity)[:60].strip("-")
    digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
    return f"{plain}-{digest}" if plain else digest


def source_name(clip: Clip) -> str:
    """Name of the file that a clip is from, without the path on this machine."""
    recording = clip.recording
    inside = getattr(recording.within, "name", None)
    return f"{recording.path.name}:{inside}" if inside else recording.path.name


def audio_path(split: SplitName, index: int, identity: str) -> Path:
    """Where the audio file of a record is, relative to the dataset."""
    return Path("audio") / split / f"{index:05d}" / f"{file_name(identity)}.flac"
