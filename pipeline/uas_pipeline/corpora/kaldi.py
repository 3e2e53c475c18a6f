"""Kaldi data folders: ``wav.scp``, ``text``, and where they are there ``segments``, ``utt2spk``,
``utt2lang``, ``spk2gender``.

Paths only: an entry of ``wav.scp`` that is a command is a bad entry, it is never run. Files need
not be sorted.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uas_pipeline.corpora.lines import read_lines
from uas_pipeline.corpora.lookup import Lookup
from uas_pipeline.corpora.protocol import BadEntry, CorpusConfig, Entry
from uas_pipeline.corpora.speech import Cut, Recording, Voice

_TABLES = ("text", "utt2spk", "utt2lang", "spk2gender")


class KaldiCorpus(CorpusConfig):
    """A folder. Paths in ``wav.scp`` are relative to ``audio_root``, or else to the folder."""

    format: Literal["kaldi"]
    data: Path
    audio_root: Path | None = None

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a segment or, without ``segments``, a line of ``wav.scp``."""
        data = folder / self.data
        audio = folder / (self.audio_root or self.data)
        with ExitStack() as open_tables:
            tables = {name: open_tables.enter_context(Lookup()) for name in _TABLES}
            for name, table in tables.items():
                if name == "text" or (data / name).exists():
                    yield from _fill(table, data / name)
            reader = _Reader(self, audio, tables)
            if not (data / "segments").exists():
                yield from reader.whole_files(data / "wav.scp")
                return
            files = open_tables.enter_context(Lookup())
            yield from _fill(files, data / "wav.scp")
            yield from reader.segments(data / "segments", files)


@dataclass(frozen=True)
class _Reader:
    corpus: KaldiCorpus
    audio: Path
    tables: dict[str, Lookup]

    def whole_files(self, path: Path) -> Iterator[Entry | BadEntry]:
        for line in read_lines(path):
            if isinstance(line, BadEntry):
                yield line
            else:
                identity, _, file = line.text.strip().partition(" ")
                yield self._entry(identity, file.strip(), None, line.place)

    def segments(self, path: Path, files: Lookup) -> Iterator[Entry | BadEntry]:
        for line in read_lines(path):
            if isinstance(line, BadEntry):
                yield line
                continue
            identity, *rest = line.text.split()
            try:
                recording, start, end = rest
                cut = Cut(float(start), float(end))
            except ValueError:
                message = f"{line.text[:80]!r} is not `utterance recording start end`"
                yield BadEntry(identity, line.place, "bad_entry", message)
                continue
            file = files.get(recording)
            if file is None:
                message = f"recording {recording!r} is not in wav.scp"
                yield BadEntry(identity, line.place, "missing_audio", message)
            else:
                yield self._entry(identity, file, cut, line.place)

    def _entry(self, identity: str, file: str, cut: Cut | None, place: str) -> Entry | BadEntry:
        if not file or file.endswith("|") or file.startswith("|"):
            message = f"{file[:80]!r} is no path, and commands are not run: write the files first"
            return BadEntry(identity, place, "command", message)
        text = self.tables["text"].get(identity)
        if text is None:
            return BadEntry(identity, place, "no_text", f"{identity!r} is not in the file text")
        speaker = self.tables["utt2spk"].get(identity)
        gender = self.tables["spk2gender"].get(speaker) if speaker else None
        recording = Recording(
            id=identity,
            corpus=self.corpus.name,
            path=self.audio / file,
            licence=self.corpus.licence,
            language=self.tables["utt2lang"].get(identity) or self.corpus.language,
            text=text,
            voice=Voice(speaker, gender, None, None),
            cut=cut,
        )
        return Entry(recording, place)


def _fill(table: Lookup, path: Path) -> Iterator[BadEntry]:
    """Read a file of keys and values; yields what is wrong with it."""
    for line in read_lines(path):
        if isinstance(line, BadEntry):
            yield line
            continue
        key, _, value = line.text.strip().partition(" ")
        if not table.put(key, value.strip()):
            message = f"{key!r} occurs twice in {path.name}: keep one"
            yield BadEntry(key, line.place, "duplicate_id", message)
