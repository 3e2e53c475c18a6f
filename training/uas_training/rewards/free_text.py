"""Accent, prosody, timbre and description against the truth."""

from collections.abc import Callable

from uas_schema.document import UasDocument
from uas_schema.ontology import parse_prosody, parse_timbre
from uas_schema.records import KnownField
from uas_training.rewards.overlap import word_overlap
from uas_training.rewards.task import Reply, Task

_READS: dict[KnownField, Callable[[UasDocument], str | None]] = {
    "accent": lambda document: document.paralinguistics.accent,
    "prosody": lambda document: document.paralinguistics.prosody,
    "timbre": lambda document: document.paralinguistics.timbre,
    "description": lambda document: document.non_linguistic_events.description,
}
_OF_A_VOICE = ("accent", "prosody", "timbre")


def free_text(reply: Reply, task: Task) -> float | None:
    """Mean agreement of the known free-text fields; 0 for a reply wrong about the voice."""
    record = task.record
    voiced = record.document.has_voice
    names = [
        name
        for name in _READS
        if record.known[name] != "none" and (voiced or name not in _OF_A_VOICE)
    ]
    if task.item is not None or not names:
        return None
    document = reply.document
    if document is None or not reply.heard_right_voice(task):
        return 0.0
    values = [
        agreement(name, _READS[name](document), _READS[name](record.document)) for name in names
    ]
    return sum(values) / len(values)


def agreement(name: KnownField, said: str | None, true: str | None) -> float:
    """Agreement of one field: null equals null and nothing else.

    Prosody and timbre in the form that the ontology gives them: the share of equal levels. Other
    text: the overlap of words.
    """
    if said is None or true is None:
        return float(said is true)
    parse = {"prosody": parse_prosody, "timbre": parse_timbre}.get(name)
    levels = parse(true) if parse else None
    others = parse(said) if parse else None
    if levels and others:
        return sum(levels[part] == others[part] for part in levels) / len(levels)
    return word_overlap(said, true)
