"""A benchmark's questions, from the file that its authors publish: JSON, JSONL or Parquet.

Checks that the keys are there and that the clips exist; opens no clip.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uas_schema.errors import DataError
from uas_schema.strict import nearest
from uas_training.evaluation.bench.catalogue import Benchmark

FORMATS = (".jsonl", ".json", ".parquet")
_FEWEST_CHOICES = 2

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """One item of a benchmark.

    Attributes:
        id: unique in its file.
        question: what is asked.
        choices: the texts to choose from, in the file's order; two may be the same.
        answer: text of the right one.
        audio: the clips, mostly one; several are played one after the other.
        labels: values by label, such as ``{"category": ("Reasoning",)}``; a label may have several
            values, and one that the entry does not have is left out.
        entry: the entry as it stands in the file, for the official script.
    """

    id: str
    question: str
    choices: tuple[str, ...]
    answer: str
    audio: tuple[Path, ...]
    labels: Mapping[str, tuple[str, ...]]
    entry: Entry


@dataclass(frozen=True)
class QuestionFile:
    """The questions of a file, and how many entries are no multiple choice, by their reason."""

    questions: tuple[Question, ...]
    left_out: Mapping[str, int]


def read_questions(path: Path, benchmark: Benchmark, audio_root: Path | None) -> QuestionFile:
    """Read a benchmark's file.

    Args:
        path: the file, as published; its suffix tells the format.
        benchmark: what its keys are.
        audio_root: folder that the paths of clips start from; None is the file's own.

    Raises:
        DataError: names the entry and the missing key, or the first clip that does not exist.
    """
    root = path.parent if audio_root is None else audio_root
    questions: list[Question] = []
    left_out: Counter[str] = Counter()
    for place, entry in read_entries(path):
        reason = _reason_to_leave_out(entry, benchmark)
        if reason:
            left_out[reason] += 1
        else:
            questions.append(_question(entry, place, benchmark, root))
    _check(questions, path, root)
    return QuestionFile(tuple(questions), dict(left_out))


def read_entries(path: Path) -> Iterator[tuple[str, Entry]]:
    """The entries of a file, each with its place in words. Raises ``DataError``."""
    if path.suffix not in FORMATS:
        raise DataError(f"{path.name} is none of {', '.join(FORMATS)}; give the published file")
    if not path.is_file():
        raise DataError(f"{path.name} does not exist; download the benchmark first")
    if path.suffix == ".parquet":
        rows: Sequence[Any] = _parquet(path)
    elif path.suffix == ".jsonl":
        lines = path.read_text(encoding="utf-8").split("\n")  # a text may hold U+2028
        rows = [_json(line, f"{path.name} line {n}") for n, line in enumerate(lines, 1) if line]
    else:
        rows = _json(path.read_text(encoding="utf-8"), path.name)
    if not isinstance(rows, list):
        raise DataError(f"{path.name} holds no list of entries; give the published file")
    for number, row in enumerate(rows, start=1):
        place = f"{path.name} entry {number}"
        if not isinstance(row, dict):
            raise DataError(f"{place} is no object; give the published file")
        yield place, row


def write_entries(path: Path, entries: Sequence[Entry]) -> None:
    """Write entries in the format that the suffix names, for an official script."""
    if path.suffix == ".parquet":
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(list(entries)), path)
    elif path.suffix == ".jsonl":
        lines = (json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
        path.write_text("".join(lines), encoding="utf-8")
    else:
        path.write_text(json.dumps(entries, ensure_ascii=False, indent=1), encoding="utf-8")


def labels_of(entry: Entry, benchmark: Benchmark) -> dict[str, tuple[str, ...]]:
    """Values of each label that the entry has; a list is several values, also a list of one."""
    found = {}
    for label, keys in benchmark.labels.items():
        parts = [_values(entry.get(key)) for key in keys]
        if not all(parts):
            continue
        # Only a label of one key may have several values; of joined keys the first ones count.
        found[label] = parts[0] if len(keys) == 1 else (", ".join(part[0] for part in parts),)
    return found


def choices_of(entry: Entry, benchmark: Benchmark) -> tuple[str, ...]:
    """Texts of the choices; those that are empty at the end are no choices."""
    keys = benchmark.keys.choices
    texts = _values(entry.get(keys[0])) if len(keys) == 1 else [entry.get(key) for key in keys]
    found = [str(text or "") for text in texts]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _values(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _reason_to_leave_out(entry: Entry, benchmark: Benchmark) -> str | None:
    for key, values in benchmark.left_out.items():
        if entry.get(key) in values:
            return str(entry[key])
    keys = benchmark.keys.choices
    if len(keys) == 1 and keys[0] in entry and len(choices_of(entry, benchmark)) < _FEWEST_CHOICES:
        return "fewer than two choices"
    return None


def _question(entry: Entry, place: str, benchmark: Benchmark, root: Path) -> Question:
    keys = benchmark.keys
    # Files may leave out choices that an item does not have, but not the first two.
    for key in (keys.id, keys.question, keys.answer, keys.audio, *keys.choices[:_FEWEST_CHOICES]):
        if entry.get(key) in (None, "", []):
            raise DataError(
                f"{place}: no {key!r}, which {benchmark.title} has; {nearest(key, sorted(entry))}"
            )
    return Question(
        id=str(entry[keys.id]),
        question=str(entry[keys.question]),
        choices=choices_of(entry, benchmark),
        answer=str(entry[keys.answer]),
        audio=tuple(root / name for name in _values(entry[keys.audio])),
        labels=labels_of(entry, benchmark),
        entry=entry,
    )


def _check(questions: Sequence[Question], path: Path, root: Path) -> None:
    if not questions:
        raise DataError(f"{path.name} holds no multiple-choice question; give the published file")
    ids = Counter(question.id for question in questions)
    repeated = next((name for name, count in ids.items() if count > 1), None)
    if repeated is not None:
        raise DataError(f"{path.name}: the id {repeated!r} comes twice; give the published file")
    clips = [clip for question in questions for clip in question.audio]
    missing = [clip for clip in clips if not clip.is_file()]
    if missing:
        raise DataError(
            f"{path.name}: {len(missing)} of {len(clips)} clips do not exist, the first is "
            f"{missing[0].relative_to(root) if missing[0].is_relative_to(root) else missing[0]!s}; "
            "say with --audio which folder their paths start from"
        )


def _json(text: str, source: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{source} is not JSON: {error.msg}") from error


def _parquet(path: Path) -> list[Any]:
    import pyarrow
    from pyarrow import parquet

    try:
        rows: list[Any] = parquet.read_table(path).to_pylist()
    except pyarrow.ArrowInvalid as error:
        raise DataError(f"{path.name} is not Parquet; give the published file") from error
    return rows
