"""Text files of corpora, line by line: UTF-8 or a clear word about which line is not.

Lines are read one at a time and bounded, so a file without line breaks costs no memory.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from uas_pipeline.corpora.protocol import BadEntry
from uas_pipeline.errors import CorpusError

_LONGEST_LINE = 1 << 20  # bytes


@dataclass(frozen=True)
class Line:
    """A line without its break, and its place: "text line 7"."""

    text: str
    place: str


def read_lines(path: Path) -> Iterator[Line | BadEntry]:
    """Lines of a UTF-8 file, compressed if it is called ``.gz``, that are not blank.

    Raises ``CorpusError`` when there is no such file, a line is longer than a megabyte, or what is
    called ``.gz`` is something else.
    """
    if not path.is_file():
        raise CorpusError(f"no file {path}: check the path in the configuration")
    for number, raw in enumerate(_raw_lines(path), start=1):
        place = f"{path.name} line {number}"
        if len(raw) > _LONGEST_LINE:
            raise CorpusError(f"{place} is longer than {_LONGEST_LINE} bytes: is it text?")
        yield from _decoded(raw, place, first=number == 1)


def read_table(
    path: Path, columns: tuple[str, ...]
) -> Iterator[tuple[dict[str, str], str] | BadEntry]:
    """Rows of a tab-separated file with a header, with their place.

    Raises ``CorpusError`` when it lacks one of ``columns``.
    """
    header: list[str] | None = None
    for line in read_lines(path):
        if isinstance(line, BadEntry):
            yield line
        elif header is None:
            header = _fields(line.text)
            missing = [column for column in columns if column not in header]
            if missing:
                raise CorpusError(f"{line.place}: no column {missing[0]!r}; there are: "
                                  f"{', '.join(header)}")  # fmt: skip
        else:
            yield _row(header, line)


def _raw_lines(path: Path) -> Iterator[bytes]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            while raw := file.readline(_LONGEST_LINE + 1):
                yield raw
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CorpusError(f"{path.name} is not a whole gzip file: {error}") from error


def _decoded(raw: bytes, place: str, *, first: bool) -> Iterator[Line | BadEntry]:
    try:
        text = raw.decode("utf-8-sig" if first else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        yield BadEntry(place, place, "wrong_encoding", f"not UTF-8 at byte {error.start}: "
                       f"{raw[error.start:error.start + 1]!r}; save the file as UTF-8")  # fmt: skip
        return
    if text.strip():
        yield Line(text, place)


def _fields(text: str) -> list[str]:
    return next(csv.reader([text], delimiter="\t", quoting=csv.QUOTE_NONE))


def _row(header: list[str], line: Line) -> tuple[dict[str, str], str] | BadEntry:
    fields = _fields(line.text)
    if len(fields) != len(header):
        message = f"{len(fields)} columns, not the {len(header)} of the header"
        return BadEntry(line.place, line.place, "bad_entry", message)
    return dict(zip(header, fields, strict=True)), line.place
