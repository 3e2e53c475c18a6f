"""No more words than it takes."""

from uas_training.rewards.answer import answer
from uas_training.rewards.task import Reply, Task
from uas_training.rewards.thresholds import load_thresholds


def brevity(reply: Reply, task: Task) -> float | None:
    """Length beside that of the truth, of a reply that says something true.

    1 up to ``full_length`` times the truth's length, falling to 0 at ``no_length``. It only counts
    as far as the reply is right, for an empty reply is the briefest: an answer's brevity is
    multiplied by its correctness, a document's is 0 if it is not valid or wrong about the voice.
    """
    if task.item is not None:
        return _length_score(reply.text, task.item.answer) * (answer(reply, task) or 0.0)
    if not reply.heard_right_voice(task):
        return 0.0
    return _length_score(reply.text, task.record.document.canonical())


def _length_score(text: str, true: str) -> float:
    bounds = load_thresholds()
    times = len(text) / max(1, len(true))
    score = (bounds.no_length - times) / (bounds.no_length - bounds.full_length)
    return min(1.0, max(0.0, score))
