"""The first decision of a document: is there a voice?"""

from uas_training.rewards.task import Reply, Task


def voice(reply: Reply, task: Task) -> float | None:
    """1 for a valid document that is right about there being a voice, else 0."""
    if task.item is not None or not task.voice_is_known:
        return None
    return float(reply.heard_right_voice(task))
