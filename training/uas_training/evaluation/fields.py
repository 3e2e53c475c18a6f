"""What documents say of single fields, beside what their records know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from uas_schema.document import CLOSED_FIELDS, UasDocument
from uas_schema.ontology import parse_prosody, parse_timbre
from uas_schema.records import KnownField
from uas_training.evaluation.pairs import Pair


@dataclass(frozen=True)
class Reading:
    """One value of a document, and the field of it that a record must know.

    ``truth_only``: what was measured in the clip does not count as known.
    """

    field: KnownField
    read: Callable[[UasDocument], str | None]
    truth_only: bool = True


@dataclass(frozen=True)
class Compared:
    """A true value, what was said (None of an invalid document too), and speaker or clip."""

    true: str
    said: str | None
    cluster: str


def compared(pairs: Sequence[Pair], reading: Reading) -> list[Compared]:
    """One reading of every pair whose record knows it, in their order."""
    accepted = ("truth",) if reading.truth_only else ("truth", "evidence")
    known = [pair for pair in pairs if pair.record.known[reading.field] in accepted]
    return [
        Compared(true, None if pair.document is None else reading.read(pair.document), pair.cluster)
        for pair in known
        if (true := reading.read(pair.record.document)) is not None
    ]


def _level(field: KnownField, part: str, *, truth_only: bool) -> Reading:
    parse = parse_prosody if field == "prosody" else parse_timbre
    text_of = attrgetter(f"paralinguistics.{field}")

    def read(document: UasDocument) -> str | None:
        levels = parse(text_of(document) or "")
        return levels[part] if levels else None

    return Reading(field, read, truth_only)


def _levels() -> dict[str, Reading]:
    found = {}
    for part in ("rate", "pitch", "range"):
        found[part] = _level("prosody", part, truth_only=True)
        found[f"{part}, measured too"] = _level("prosody", part, truth_only=False)
    for part in ("brightness", "texture"):
        found[part] = _level("timbre", part, truth_only=False)
    return found


VOICE = Reading("transcription", lambda document: str(document.has_voice))
CLOSED: Mapping[str, Reading] = {
    name: Reading(name, attrgetter(f"paralinguistics.{name}")) for name in CLOSED_FIELDS
}
LEVELS: Mapping[str, Reading] = _levels()
"""Prosody on simulated truth, and on all speech whose prosody was measured; timbre likewise."""
