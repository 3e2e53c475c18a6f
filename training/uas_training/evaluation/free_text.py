"""How far the free text of documents agrees with the truth, by the measure that `grpo` pays.

Over ALL samples that know the field: an invalid document, and one that is wrong about there being a
voice, agrees in nothing.
"""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import TypedDict

from uas_schema.records import KnownField
from uas_schema.scoring import cluster_bootstrap_interval
from uas_training.evaluation.pairs import Pair
from uas_training.rewards.free_text import FREE_TEXT, agreement, knows, reply_agreement
from uas_training.rewards.task import Reply, Task


class Agreement(TypedDict):
    """Mean agreement of a field, in [0, 1], with its interval and the number of clips.

    ``majority``: what always writing the commonest true value would get, never wrong about a voice.
    """

    n: int
    value: float
    low: float
    high: float
    majority: float


def free_text_agreement(pairs: Sequence[Pair], seed: int) -> dict[str, Agreement | None]:
    """Agreement of every free-text field; None of one that no record knows."""
    return {name: _agreement(knowing(pairs, name), name, seed) for name in FREE_TEXT}


def knowing(pairs: Sequence[Pair], name: KnownField) -> list[Pair]:
    """The clips whose records know a free-text field."""
    return [pair for pair in pairs if knows(pair.record, name)]


def agreed(pair: Pair, name: KnownField) -> float:
    """Agreement of one known field of one clip.

    A document that breaks a rule counts as it was written, as in every other figure; `grpo` pays
    nothing for it.
    """
    return reply_agreement(name, Reply(pair.item.text, pair.document), Task(pair.record))


def _agreement(pairs: Sequence[Pair], name: KnownField, seed: int) -> Agreement | None:
    if not pairs:
        return None
    values = [agreed(pair, name) for pair in pairs]
    interval = cluster_bootstrap_interval(values, [pair.cluster for pair in pairs], seed)
    truths = [FREE_TEXT[name](pair.record.document) for pair in pairs]
    ((commonest, _),) = Counter(truths).most_common(1)
    return Agreement(
        n=len(values),
        value=fmean(values),
        low=interval.low,
        high=interval.high,
        majority=fmean(agreement(name, commonest, true) for true in truths),
    )
