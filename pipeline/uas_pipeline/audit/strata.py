"""The strata of a record: what a sample has to cover.

A record is in one stratum of each dimension, but in one for each category of events it holds.
"""

from typing import Literal, get_args

from uas_schema.document import UasDocument
from uas_schema.ontology import load_ontology
from uas_schema.records import Record

Dimension = Literal["corpus", "language", "voice", "age", "gender", "emotion", "events"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

Strata = tuple[tuple[Dimension, str], ...]
"""Dimension and value, in the order of ``DIMENSIONS``; values of events are sorted."""

ABSENT = "none"
_UNKNOWN_EVENT = "other"


def strata_of(record: Record) -> Strata:
    """Strata of a record, such as ("corpus", "asterisk"), ("events", "animal")."""
    document, voice = record.document, record.document.paralinguistics
    return (
        ("corpus", record.corpus),
        ("language", record.language),
        ("voice", "voice" if document.has_voice else "no voice"),
        ("age", voice.age or ABSENT),
        ("gender", voice.gender or ABSENT),
        ("emotion", voice.emotion or ABSENT),
        *(("events", category) for category in _categories(document)),
    )


def _categories(document: UasDocument) -> list[str]:
    heard = document.non_linguistic_events
    labels = [event.label for event in (*heard.discrete_events, *heard.continuous_events)]
    ontology = load_ontology()
    return sorted({ontology.category(label) or _UNKNOWN_EVENT for label in labels}) or [ABSENT]
