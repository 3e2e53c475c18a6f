"""A sample of records for people to judge, as a file. Knows no audio."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError

from uas_pipeline.audit.draw import Candidate, draw
from uas_pipeline.audit.strata import DIMENSIONS, Dimension, Strata, strata_of
from uas_pipeline.errors import ConfigError
from uas_schema.errors import DataError
from uas_schema.records import Record, read_records
from uas_schema.strict import Strict, explain


class Stratum(Strict):
    """One value of one dimension: how many records have it, and how many were drawn."""

    dimension: Dimension
    value: str
    records: int = Field(ge=0)
    drawn: int = Field(ge=0)


class SampleItem(Strict):
    """A drawn record. ``key`` names it; ``probability`` is that of being drawn."""

    key: str
    probability: float = Field(gt=0, le=1)
    record: Record


class Sample(Strict):
    """A sample. ``id`` is a digest of all that was drawn, which judgements refer to."""

    version: Literal[1] = 1
    id: str
    seed: int
    records: int
    strata: tuple[Stratum, ...]
    items: tuple[SampleItem, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file. Raises ``DataError`` that names the file and the key."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise DataError(f"{path.name}: {explain(error, cls)}") from error

    def write(self, path: Path) -> None:
        """Write the file whole or not at all."""
        write_whole(path, self.model_dump_json(by_alias=True, indent=1).encode() + b"\n")


def draw_sample(paths: Sequence[Path], count: int, seed: int) -> Sample:
    """Draw records from JSONL files; their audio paths come to be relative to here.

    The files are read twice, and only what is drawn is kept.

    Raises:
        ConfigError: no record, or two of one corpus with the same id.
        DataError: a line that is no record.
    """
    candidates = _candidates(paths)
    drawn = draw(candidates, count, seed)
    wanted = {one.candidate.index for one in drawn}
    found = {place: record for place, record in enumerate(_located(paths)) if place in wanted}
    items = tuple(
        SampleItem(key=one.candidate.key, probability=one.probability,
                   record=found[one.candidate.index])
        for one in drawn
    )  # fmt: skip
    strata = _counted((one.strata for one in candidates), (one.candidate.strata for one in drawn))
    return Sample(id=_digest(items, seed), seed=seed, records=len(candidates), strata=strata,
                  items=items)  # fmt: skip


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that gets its name when it is written and synced."""
    unfinished = path.with_name(path.name + ".unfinished")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _candidates(paths: Sequence[Path]) -> list[Candidate]:
    candidates: dict[str, Candidate] = {}
    for index, record in enumerate(_located(paths)):
        key = f"{record.corpus}/{record.id}"
        if key in candidates:
            raise ConfigError(f"two records are named {key!r}: give each file once")
        candidates[key] = Candidate(index, key, strata_of(record))
    if not candidates:
        names = ", ".join(path.name for path in paths)
        raise ConfigError(f"no record in {names}: nothing can be drawn")
    return list(candidates.values())


def _located(paths: Sequence[Path]) -> Iterator[Record]:
    """Records of all files; audio is relative to the folder of its file."""
    for path in paths:
        for record in read_records(path):
            yield record.replace(audio=str(path.parent / record.audio))


def _counted(all_strata: Iterable[Strata], drawn: Iterable[Strata]) -> tuple[Stratum, ...]:
    """Counts by dimension; the commonest value first."""
    total = Counter(stratum for strata in all_strata for stratum in strata)
    chosen = Counter(stratum for strata in drawn for stratum in strata)
    ordered = sorted(total, key=lambda one: (DIMENSIONS.index(one[0]), -total[one], one[1]))
    return tuple(
        Stratum(dimension=dimension, value=value, records=total[dimension, value],
                drawn=chosen[dimension, value])
        for dimension, value in ordered
    )  # fmt: skip


def _digest(items: Sequence[SampleItem], seed: int) -> str:
    """Digest that does not depend on where the audio is on this machine."""
    digest = hashlib.sha256(str(seed).encode())
    for item in items:
        digest.update(item.record.replace(audio="").to_json().encode())
    return digest.hexdigest()[:16]
