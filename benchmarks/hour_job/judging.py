"""The segments of a result against what is known of the recording. Pure."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hour_job.recording import Place
from uas_schema.scoring import wer

_EDGE_S = 0.02
_MARGIN_S = 0.3
"""Silence that a sentence's file has at its ends: a cut in there cuts no word."""


@dataclass(frozen=True)
class Verdict:
    """What is right and wrong with a result.

    Attributes:
        gaps: places where a segment does not begin at the end of the last, or the recording is not
            covered to its ends: a window that was lost or came twice.
        too_long: segments longer than the model's documents may be of.
        cut: sentences that a segment ends inside of.
        spoken, missed: segments that hold a sentence, and those of them without a transcription.
        silent, invented: segments that hold none, and those of them with a transcription.
        word_errors, words: over all segments, against the sentences whose middle lies in each.
    """

    segments: int
    gaps: int
    too_long: int
    cut: int
    spoken: int
    missed: int
    silent: int
    invented: int
    word_errors: int
    words: int

    @property
    def is_whole(self) -> bool:
        """Whether every second is in exactly one segment of legal length."""
        return not (self.gaps or self.too_long)


def judge(
    segments: Sequence[Mapping[str, Any]], places: Sequence[Place], seconds: float, most_s: float
) -> Verdict:
    """Compare `segments` of an envelope with the truth of a recording of so many seconds.

    None of them should be longer than `most_s`.
    """
    starts = [each["start_s"] for each in segments]
    ends = [each["end_s"] for each in segments]
    joints = itertools.pairwise([(0.0, 0.0), *zip(starts, ends, strict=True), (seconds, seconds)])
    rows = [_Row.of(each, places) for each in segments]
    errors = [wer(row.said, row.heard or "") for row in rows if row.said]
    return Verdict(
        segments=len(segments),
        gaps=sum(abs(later[0] - earlier[1]) > _EDGE_S for earlier, later in joints),
        too_long=sum(
            end - start > most_s + _EDGE_S for start, end in zip(starts, ends, strict=True)
        ),
        cut=sum(_is_inside(end, places) for end in ends),
        spoken=sum(bool(row.said) for row in rows),
        missed=sum(bool(row.said) and row.heard is None for row in rows),
        silent=sum(not row.said for row in rows),
        invented=sum(not row.said and row.heard is not None for row in rows),
        word_errors=sum(count.errors for count in errors),
        words=sum(count.reference_length for count in errors),
    )


@dataclass(frozen=True)
class _Row:
    said: str
    heard: str | None

    @classmethod
    def of(cls, segment: Mapping[str, Any], places: Sequence[Place]) -> "_Row":
        start_s, end_s = segment["start_s"], segment["end_s"]
        said = [
            place.text for place in places if start_s <= (place.start_s + place.end_s) / 2 < end_s
        ]
        return cls(" ".join(said), segment["uas"]["transcription"])


def _is_inside(at_s: float, places: Sequence[Place]) -> bool:
    return any(place.start_s + _MARGIN_S < at_s < place.end_s - _MARGIN_S for place in places)


@dataclass(frozen=True)
class Memory:
    """Resident bytes of the server with all its children, as looked at while it worked.

    Attributes:
        first, last: most in the first and the last quarter of the looks.
        slope: bytes per hour, a line through all looks.
    """

    first: int
    last: int
    slope: float

    @classmethod
    def of(cls, looks: Sequence[tuple[float, int]]) -> "Memory":
        """From looks as (seconds, bytes). Raises `ValueError` for fewer than four."""
        if len(looks) < 4:
            raise ValueError(f"{len(looks)} looks at memory are too few to say how it moves")
        quarter = len(looks) // 4
        seconds, used = zip(*looks, strict=True)
        slope = float(np.polyfit(seconds, used, 1)[0]) * 3_600
        return cls(max(used[:quarter]), max(used[-quarter:]), slope)
