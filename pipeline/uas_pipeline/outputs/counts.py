"""What is in a dataset, and what was left out and why: the numbers of ``counts.json``."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

from pydantic import Field

from uas_pipeline.validate.violation import Rejection
from uas_schema.records import KNOWN_FIELDS, Record
from uas_schema.strict import Strict

Tally = dict[str, int]


class Counts(Strict):
    """Numbers by name. ``rejections`` are by step and reason, ``known`` by field and knowledge.

    ``clips`` are all entries of the corpora: as many as ``records`` and ``rejections`` together.
    """

    clips: int = 0
    questions: int = 0
    records: Tally = Field(default_factory=dict)
    milliseconds: Tally = Field(default_factory=dict)
    corpora: Tally = Field(default_factory=dict)
    languages: Tally = Field(default_factory=dict)
    licences: Tally = Field(default_factory=dict)
    rejections: Tally = Field(default_factory=dict)
    known: Tally = Field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Record], rejections: Iterable[Rejection]) -> Self:
        """Count what became records and what was rejected."""
        tallies: dict[str, Counter[str]] = {name: Counter() for name in _TALLIES}
        clips = questions = 0
        for record in records:
            clips, questions = clips + 1, questions + len(record.qa)
            tallies["records"][record.split] += 1
            tallies["milliseconds"][record.split] += round(record.duration_s * 1000)
            tallies["corpora"][record.corpus] += 1
            tallies["languages"][record.language] += 1
            tallies["licences"][record.licence] += 1
            tallies["known"].update(f"{name}/{record.known[name]}" for name in KNOWN_FIELDS)
        for rejection in rejections:
            clips += 1
            tallies["rejections"][f"{rejection.step}/{rejection.reason}"] += 1
        sorted_tallies = {name: dict(sorted(tally.items())) for name, tally in tallies.items()}
        return cls(clips=clips, questions=questions, **sorted_tallies)

    def plus(self, other: "Counts") -> "Counts":
        """The sum of both."""
        sums = {
            name: dict(
                sorted((Counter(getattr(self, name)) + Counter(getattr(other, name))).items())
            )
            for name in _TALLIES
        }
        return Counts(
            clips=self.clips + other.clips, questions=self.questions + other.questions, **sums
        )


_TALLIES = ("records", "milliseconds", "corpora", "languages", "licences", "rejections", "known")
