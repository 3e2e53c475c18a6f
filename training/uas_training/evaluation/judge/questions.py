"""What a judge is asked about a run: each known free-text field of each clip, once."""

from collections.abc import Sequence
from dataclasses import dataclass

from uas_schema.records import KnownField
from uas_training.evaluation.free_text import agreed, knowing
from uas_training.evaluation.pairs import Pair
from uas_training.rewards.free_text import FREE_TEXT
from uas_training.rewards.task import Reply, Task

FULL_SCORE = 10

Texts = tuple[KnownField, str | None, str | None]


@dataclass(frozen=True)
class Question:
    """One field of one clip.

    Attributes:
        id: the clip's.
        field: the field.
        true: its true value.
        said: what the document says; None of an invalid document too.
        cluster: the speaker, or the clip where there is none.
        local: agreement by the local measure, in [0, 1].
        settled: the score where there is nothing to judge; None is a question for the judge.
    """

    id: str
    field: KnownField
    true: str | None
    said: str | None
    cluster: str
    local: float
    settled: int | None

    @property
    def texts(self) -> Texts:
        """All that the judge is told."""
        return self.field, self.true, self.said


def questions_of(pairs: Sequence[Pair]) -> list[Question]:
    """Every known free-text field of every clip, field by field."""
    return [_question(pair, name) for name in FREE_TEXT for pair in knowing(pairs, name)]


def _question(pair: Pair, name: KnownField) -> Question:
    read = FREE_TEXT[name]
    true = read(pair.record.document)
    said = None if pair.document is None else read(pair.document)
    return Question(
        id=pair.record.id,
        field=name,
        true=true,
        said=said,
        cluster=pair.cluster,
        local=agreed(pair, name),
        settled=_settled(pair, true, said),
    )


def _settled(pair: Pair, true: str | None, said: str | None) -> int | None:
    """Nothing for no document; all for null where null is true, but by no mistake about a voice."""
    if pair.document is None:
        return 0
    if true is not None or said is not None:
        return None
    right = Reply(pair.item.text, pair.document).heard_right_voice(Task(pair.record))
    return FULL_SCORE if right else 0
