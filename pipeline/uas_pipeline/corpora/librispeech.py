"""The layout of LibriSpeech: ``<part>/<speaker>/<chapter>/<speaker>-<chapter>.trans.txt``.

``SPEAKERS.TXT``, where it is there, says the gender. Parts that begin with "dev" or "test" are
those splits.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from uas_pipeline.corpora.lines import read_lines
from uas_pipeline.corpora.protocol import BadEntry, CorpusConfig, Entry
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.corpora.split_names import split_named
from uas_pipeline.errors import CorpusError


class LibriSpeechCorpus(CorpusConfig):
    """The folder with the parts, and which of them to take (none named: all)."""

    format: Literal["librispeech"]
    root: Path
    parts: tuple[str, ...] = ()
    licence: str = "CC-BY-4.0"
    language: str = "en"
    suffix: str = ".flac"

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a line of a transcript file.

        Raises ``CorpusError`` when a part has no transcripts.
        """
        root = folder / self.root
        genders = _genders(root / "SPEAKERS.TXT")
        for part in self.parts or _parts(root):
            transcripts = sorted((root / part).glob("*/*/*.trans.txt"))
            if not transcripts:
                raise CorpusError(f"no <speaker>/<chapter>/*.trans.txt in {root / part}: give the "
                                  "folder that holds parts such as train-clean-100")  # fmt: skip
            for transcript in transcripts:
                yield from self._chapter(transcript, part, genders)

    def _chapter(
        self, transcript: Path, part: str, genders: dict[str, str]
    ) -> Iterator[Entry | BadEntry]:
        speaker = transcript.parent.parent.name
        for line in read_lines(transcript):
            if isinstance(line, BadEntry):
                yield line
                continue
            identity, _, text = line.text.partition(" ")
            recording = Recording(
                id=identity,
                corpus=self.name,
                path=transcript.parent / f"{identity}{self.suffix}",
                licence=self.licence,
                language=self.language,
                text=text.strip(),
                voice=Voice(f"{self.name}-{speaker}", genders.get(speaker), None, None),
                split=split_named(part),
            )
            yield Entry(recording, line.place)


def _parts(root: Path) -> list[str]:
    found = sorted(path.name for path in root.glob("*") if path.is_dir())
    if not found:
        raise CorpusError(f"no parts in {root}: check the path in the configuration")
    return found


def _genders(path: Path) -> dict[str, str]:
    """Gender by speaker of ``ID | SEX | ...`` lines; empty without the file."""
    if not path.is_file():
        return {}
    lines = (line for line in read_lines(path) if not isinstance(line, BadEntry))
    rows = [line.text.split("|") for line in lines if not line.text.startswith(";")]
    return {row[0].strip(): row[1].strip().lower() for row in rows if len(row) > 1}
