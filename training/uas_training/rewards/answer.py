"""The answer to a question on a clip."""

from uas_schema.normalise import normalise_text
from uas_training.rewards.overlap import word_overlap
from uas_training.rewards.task import Reply, Task


def answer(reply: Reply, task: Task) -> float | None:
    """1 for the right choice, yes or no, alone; a free answer counts by the overlap of words.

    A reply that lists every choice names none.
    """
    if task.item is None:
        return None
    true = task.item.answer
    if normalise_text(reply.text) == normalise_text(true):
        return 1.0
    return word_overlap(reply.text, true) if task.item.kind == "direct" else 0.0
