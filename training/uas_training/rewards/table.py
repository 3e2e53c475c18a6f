"""All rewards by name, and their weighted mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from uas_training.rewards.answer import answer
from uas_training.rewards.brevity import brevity
from uas_training.rewards.closed_fields import closed_fields
from uas_training.rewards.events import events
from uas_training.rewards.free_text import free_text
from uas_training.rewards.task import Reply, Reward, Task
from uas_training.rewards.transcript import transcript
from uas_training.rewards.validity import validity
from uas_training.rewards.voice import voice

REWARDS: dict[str, Reward] = {
    "validity": validity,
    "voice": voice,
    "closed_fields": closed_fields,
    "transcript": transcript,
    "events": events,
    "free_text": free_text,
    "answer": answer,
    "brevity": brevity,
}


@dataclass(frozen=True)
class Scores:
    """What each reward says of one reply; those that do not apply are left out."""

    by_name: Mapping[str, float]

    def total(self, weights: Mapping[str, float]) -> float:
        """Weighted mean in [0, 1] of the rewards that apply; 0 where none has a weight."""
        whole = sum(weights[name] for name in self.by_name)
        if whole <= 0:
            return 0.0
        return sum(weights[name] * value for name, value in self.by_name.items()) / whole


def score(reply: Reply, task: Task) -> Scores:
    """Every reward that applies to the task, of one reply."""
    values = {name: reward(reply, task) for name, reward in REWARDS.items()}
    return Scores({name: value for name, value in values.items() if value is not None})
