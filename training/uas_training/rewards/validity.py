"""Schema validity: is the reply a document at all?"""

from uas_training.rewards.task import Reply, Task


def validity(reply: Reply, task: Task) -> float | None:
    """1 for one UAS document that breaks no rule, with nothing around it; else 0."""
    if task.item is not None:
        return None
    return float(reply.document is not None)
