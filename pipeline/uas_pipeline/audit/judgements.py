"""What one person judged, as the page exports it. Checked against the sample before it counts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, ValidationError

from uas_pipeline.audit.attributes import CLOSED, claimed, value_of
from uas_pipeline.audit.sample import Sample, SampleItem
from uas_schema.errors import DataError
from uas_schema.records import KnownField
from uas_schema.strict import Strict, explain

Verdict = Literal["right", "wrong", "cannot_tell"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class Judgement(Strict):
    """One attribute of one clip. ``correction`` is the true value of a wrong closed field."""

    item: str
    attribute: KnownField
    verdict: Verdict
    correction: str | None = None
    note: str = ""


class Judgements(Strict):
    """All that one judge exported. ``sample`` is the id of the sample it is about."""

    version: Literal[1]
    sample: str
    judge: str = Field(min_length=1)
    exported: str
    judgements: tuple[Judgement, ...]


def read_judgements(paths: Sequence[Path], sample: Sample) -> list[Judgements]:
    """Read the files of several judges.

    Raises ``DataError`` that names the file and what is wrong: another sample, an attribute that
    was not asked, the same one twice, a correction that cannot be, a judge with two files.
    """
    files: dict[str, Judgements] = {}
    for path in paths:
        file = _read(path)
        try:
            _fit(file, sample)
        except ValueError as error:
            raise DataError(f"{path.name}: {error}") from None
        if file.judge in files:
            raise DataError(f"{path.name}: a second file of {file.judge!r}: give the last one")
        files[file.judge] = file
    return list(files.values())


def _read(path: Path) -> Judgements:
    try:
        return Judgements.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(f"{path.name}: {explain(error, Judgements)}") from error


def _fit(file: Judgements, sample: Sample) -> None:
    if file.sample != sample.id:
        raise ValueError(f"it judges the sample {file.sample}, not {sample.id}: give that sample")
    items = {item.key: item for item in sample.items}
    seen: set[tuple[str, str]] = set()
    for judgement in file.judgements:
        where = (judgement.item, judgement.attribute)
        if judgement.item not in items:
            raise ValueError(f"no clip {judgement.item!r} in the sample")
        if where in seen:
            raise ValueError(f"{judgement.attribute} of {judgement.item!r} is judged twice")
        seen.add(where)
        _possible(judgement, items[judgement.item])


def _possible(judgement: Judgement, item: SampleItem) -> None:
    name, correction = judgement.attribute, judgement.correction
    if name not in claimed(item.record):
        raise ValueError(f"{name} of {judgement.item!r} claims nothing and was not asked")
    if correction is None:
        return
    if judgement.verdict != "wrong" or correction == value_of(item.record, name):
        raise ValueError(f"{name} of {judgement.item!r} has a correction but is not wrong")
    if correction not in CLOSED.get(name, ()):
        raise ValueError(f"{name} of {judgement.item!r} cannot be corrected to {correction!r}")
