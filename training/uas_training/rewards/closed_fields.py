"""Age, gender and emotion against the truth."""

from uas_schema.document import CLOSED_FIELDS
from uas_training.rewards.task import Reply, Task


def closed_fields(reply: Reply, task: Task) -> float | None:
    """Share of the known closed fields of a voice that the reply has right."""
    record = task.record
    names = [name for name in CLOSED_FIELDS if record.known[name] != "none"]
    if task.item is not None or not record.document.has_voice or not names:
        return None
    if reply.document is None:
        return 0.0
    said, true = reply.document.paralinguistics, record.document.paralinguistics
    right = [name for name in names if getattr(said, name) == getattr(true, name)]
    return len(right) / len(names)
