"""What a record says about its clip, as class numbers for the heads of ``listen``.

A field whose ``known`` mark is ``none`` becomes ``UNKNOWN`` and carries no loss.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from uas_schema.document import CLOSED_FIELDS, UasDocument
from uas_schema.ontology import load_ontology, parse_prosody, parse_timbre
from uas_schema.records import Record
from uas_training.heads import UNKNOWN

VOICE = ("no voice", "voice")
RARE = 8


def event_vocabulary(records: Sequence[Record]) -> tuple[str, ...]:
    """Event labels that occur at least ``RARE`` times, in alphabetical order."""
    counts = Counter(label for record in records for label in event_labels(record.document))
    return tuple(sorted(label for label, count in counts.items() if count >= RARE))


def event_labels(document: UasDocument) -> set[str]:
    """Labels of both event lists."""
    events = document.non_linguistic_events
    return {event.label for event in (*events.discrete_events, *events.continuous_events)}


def head_values(events: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Values of every head, by name; their order is the class number."""
    ontology = load_ontology()
    scales = {**ontology.prosody, **ontology.timbre}
    closed = {name: tuple(values) for name, values in CLOSED_FIELDS.items()}
    levels = {name: scale.levels for name, scale in scales.items()}
    return {**closed, "voice": VOICE, **levels, "events": tuple(events)}


def record_targets(
    record: Record, heads: Mapping[str, Sequence[str]]
) -> dict[str, int | list[int]]:
    """Class number per head; ``events`` is a list of 0 and 1, all ``UNKNOWN`` if not known."""
    known, voice = record.known, record.document.paralinguistics
    targets: dict[str, int | list[int]] = dict.fromkeys(heads, UNKNOWN)
    for name in CLOSED_FIELDS:
        value = getattr(voice, name)
        if known[name] != "none" and value is not None:
            targets[name] = heads[name].index(value)
    if known["transcription"] != "none" or record.document.has_voice:
        targets["voice"] = int(record.document.has_voice)
    levels: dict[str, str] = {}
    if known["prosody"] != "none" and voice.prosody:
        levels |= parse_prosody(voice.prosody) or {}
    if known["timbre"] != "none" and voice.timbre:
        levels |= parse_timbre(voice.timbre) or {}
    targets |= {name: heads[name].index(level) for name, level in levels.items()}
    targets["events"] = _events(record, heads["events"])
    return targets


def events_known(record: Record) -> bool:
    """Whether both lists of heard sounds can be trusted."""
    return "none" not in (record.known["discreteEvents"], record.known["continuousEvents"])


def stack_targets(targets: Sequence[Mapping[str, int | list[int]]]) -> dict[str, Tensor]:
    """Targets of a batch: ``[B] int64`` per head, ``[B, classes]`` for ``events``."""
    return {name: torch.tensor([one[name] for one in targets]) for name in targets[0]}


def _events(record: Record, vocabulary: Sequence[str]) -> list[int]:
    if not events_known(record):
        return [UNKNOWN] * len(vocabulary)
    heard = event_labels(record.document)
    return [int(label in heard) for label in vocabulary]
