"""Accent, prosody, timbre and description against the truth: a measure that needs no model.

`grpo` pays its mean over the fields; `uas eval` reports each field.
"""

from collections.abc import Callable, Mapping
from statistics import fmean

from uas_schema.document import UasDocument
from uas_schema.ontology import parse_prosody, parse_timbre
from uas_schema.records import KnownField, Record
from uas_training.rewards.overlap import word_overlap
from uas_training.rewards.task import Reply, Task

FREE_TEXT: Mapping[KnownField, Callable[[UasDocument], str | None]] = {
    "accent": lambda document: document.paralinguistics.accent,
    "prosody": lambda document: document.paralinguistics.prosody,
    "timbre": lambda document: document.paralinguistics.timbre,
    "description": lambda document: document.non_linguistic_events.description,
}
"""How each free-text field is read."""

_OF_A_VOICE = ("accent", "prosody", "timbre")


def free_text(reply: Reply, task: Task) -> float | None:
    """Mean agreement of the known free-text fields; 0 for a reply wrong about the voice."""
    names = [name for name in FREE_TEXT if knows(task.record, name)]
    if task.item is not None or not names:
        return None
    return fmean(reply_agreement(name, reply, task) for name in names)


def knows(record: Record, name: KnownField) -> bool:
    """Whether the record knows a free-text field; that of a voice, only where there is one."""
    heard = record.document.has_voice or name not in _OF_A_VOICE
    return heard and record.known[name] != "none"


def reply_agreement(name: KnownField, reply: Reply, task: Task) -> float:
    """Agreement of one known field, in [0, 1]; 0 without document, and where the voice is wrong."""
    if reply.document is None or not reply.heard_right_voice(task):
        return 0.0
    read = FREE_TEXT[name]
    return agreement(name, read(reply.document), read(task.record.document))


def agreement(name: KnownField, said: str | None, true: str | None) -> float:
    """Agreement of one field, in [0, 1]: null equals null and nothing else.

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
