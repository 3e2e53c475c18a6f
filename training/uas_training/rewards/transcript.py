"""What was said, against the truth."""

from uas_schema.scoring import wer
from uas_training.rewards.task import Reply, Task


def transcript(reply: Reply, task: Task) -> float | None:
    """1 - word error rate, at least 0, of the transcript of a voice that is known."""
    record = task.record
    true = record.document.transcription
    if task.item is not None or true is None or record.known["transcription"] == "none":
        return None
    if reply.document is None or reply.document.transcription is None:
        return 0.0
    return max(0.0, 1 - wer(true, reply.document.transcription, record.language).rate)
