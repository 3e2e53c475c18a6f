"""What became of the clips of a chunk at one step: kept or rejected, in one file, in their order.

One small file for each step and chunk: every file must be synced, and that is what costs time.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from uas_pipeline.steps.clip import Clip
from uas_pipeline.validate.violation import Rejection
from uas_schema.strict import Strict

OUTCOMES = "outcomes.jsonl"

Outcome = Clip | Rejection

_REJECTION = b'{"rejection":'


class _Line(Strict):
    clip: Clip | None = None
    rejection: Rejection | None = None


def write_outcomes(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Write one line for each outcome."""
    with path.open("w", encoding="utf-8") as file:
        for outcome in outcomes:
            kind = "rejection" if isinstance(outcome, Rejection) else "clip"
            file.write(f'{{"{kind}":{outcome.to_json()}}}\n')


def clips_in(path: Path) -> Iterator[Clip]:
    """The clips that were kept, lazily."""
    return (line.clip for line in _lines(path) if line.clip is not None)


def rejections_in(path: Path) -> Iterator[Rejection]:
    """The rejections, lazily."""
    return (line.rejection for line in _lines(path) if line.rejection is not None)


def count_rejections(path: Path) -> int:
    """How many were rejected, without reading what they say."""
    with path.open("rb") as lines:
        return sum(line.startswith(_REJECTION) for line in lines)


def _lines(path: Path) -> Iterator[_Line]:
    with path.open("rb") as lines:
        yield from map(_Line.model_validate_json, lines)
