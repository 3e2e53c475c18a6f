"""WebDataset shards: tar files in which the files of one clip share a name and stand together.

A clip has one audio file and a ``.txt`` with its text or a ``.json`` with the keys of ``columns``.
Nothing is unpacked: the tar is walked, small members are read, and audio is remembered by its
place. Links, devices and members that are too large are bad entries.
"""

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from uas_pipeline.corpora.columns import Columns
from uas_pipeline.corpora.protocol import BadEntry, CorpusConfig, Entry
from uas_pipeline.corpora.speech import ByteRange, Recording
from uas_pipeline.corpora.split_names import split_named
from uas_pipeline.errors import CorpusError

_AUDIO = frozenset({"wav", "flac", "mp3", "ogg", "opus", "webm", "m4a"})
_LARGEST_TEXT = 1 << 20  # bytes
_PLAIN_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE)


@dataclass
class _Sample:
    """The members of one clip, as far as the tar is walked."""

    key: str
    place: str
    audio: ByteRange | None = None
    row: dict[str, object] = field(default_factory=dict)
    problem: str | None = None


class WebDatasetCorpus(CorpusConfig):
    """Uncompressed tar files by a pattern such as ``shards/*.tar``; the name begins with the split.

    A clip without an id in its ``.json`` is called after its files.
    """

    format: Literal["webdataset"]
    files: str
    columns: Columns = Columns()

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a clip. Raises ``CorpusError`` when no file is like the pattern."""
        paths = sorted(folder.glob(self.files))
        if not paths:
            raise CorpusError(f"no file is like {self.files!r} in {folder}: check the pattern")
        for path in paths:
            for sample in self._samples(path):
                yield sample if isinstance(sample, BadEntry) else self._entry(path, sample)

    def _samples(self, path: Path) -> Iterator[_Sample | BadEntry]:
        sample: _Sample | None = None
        try:
            with tarfile.open(path, "r:") as tar:
                for member in tar:
                    key, extension = _split_name(member.name)
                    if sample is None or key != sample.key:
                        if sample is not None:
                            yield sample
                        sample = _Sample(key, f"{path.name}: {key}")
                    self._take(sample, tar, member, extension.lower())
        except (tarfile.TarError, OSError) as error:
            message = f"not a whole uncompressed tar: {error}"
            place = path.name if sample is None else sample.place
            yield BadEntry(place, place, "unreadable_archive", message)
            return
        if sample is not None:
            yield sample

    def _take(
        self, sample: _Sample, tar: tarfile.TarFile, member: tarfile.TarInfo, extension: str
    ) -> None:
        tar.members = []  # type: ignore[attr-defined]  # else it keeps every header it has read
        if member.isdir():
            return
        if member.type not in _PLAIN_FILES:
            sample.problem = f"{member.name!r} is a link or a device, not a file"
        elif extension in _AUDIO:
            sample.audio = ByteRange(member.name, member.offset_data, member.size)
        elif extension in {"txt", "json"}:
            self._read_text(sample, tar, member, extension)

    def _read_text(
        self, sample: _Sample, tar: tarfile.TarFile, member: tarfile.TarInfo, extension: str
    ) -> None:
        if member.size > _LARGEST_TEXT:
            sample.problem = f"{member.name!r} has {member.size} bytes, more than {_LARGEST_TEXT}"
            return
        file = tar.extractfile(member)
        try:
            text = (file.read() if file else b"").decode("utf-8")
            found = json.loads(text) if extension == "json" else {self.columns.text: text.strip()}
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            sample.problem = f"{member.name!r} is not UTF-8 {extension}: {error}"
            return
        if isinstance(found, dict):
            sample.row |= found
        else:
            sample.problem = f"{member.name!r} is not a JSON object"

    def _entry(self, path: Path, sample: _Sample) -> Entry | BadEntry:
        columns, row = self.columns, sample.row
        identity = columns.value(row, "id") or sample.key
        if sample.problem is not None:
            return BadEntry(identity, sample.place, "bad_entry", sample.problem)
        if sample.audio is None:
            message = f"no audio file; there may be {', '.join(sorted(_AUDIO))}"
            return BadEntry(identity, sample.place, "missing_audio", message)
        if columns.text not in row:
            message = f"no .txt, and no {columns.text!r} in a .json"
            return BadEntry(identity, sample.place, "no_text", message)
        recording = Recording(
            id=identity,
            corpus=self.name,
            path=path,
            licence=self.licence,
            language=columns.value(row, "language") or self.language,
            text=columns.value(row, "text") or "",
            voice=columns.voice(row),
            emotion=columns.emotion_of(row),
            emotion_known="truth" if columns.value(row, "emotion") else "none",
            split=split_named(path.stem),
            within=sample.audio,
        )
        return Entry(recording, sample.place)


def _split_name(name: str) -> tuple[str, str]:
    """Key and extension of a member: the name is parted at the first dot of its last part."""
    folder, slash, last = name.rpartition("/")
    stem, _, extension = last.partition(".")
    return f"{folder}{slash}{stem}", extension
