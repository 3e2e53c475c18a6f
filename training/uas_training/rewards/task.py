"""What a reward is told: the task that was set, and the reply to it."""

from collections.abc import Callable
from dataclasses import dataclass

from uas_schema.document import UasDocument
from uas_schema.errors import DocumentError
from uas_schema.records import QaItem, Record
from uas_schema.rules import check


@dataclass(frozen=True)
class Task:
    """A document of ``record``'s clip, or, with ``item``, the answer to a question on it."""

    record: Record
    item: QaItem | None = None

    @property
    def voice_is_known(self) -> bool:
        """Whether the record says if there is a voice."""
        return self.record.known["transcription"] != "none" or self.record.document.has_voice

    @property
    def events_are_known(self) -> bool:
        """Whether both lists of heard sounds can be trusted."""
        known = self.record.known
        return "none" not in (known["discreteEvents"], known["continuousEvents"])


@dataclass(frozen=True)
class Reply:
    """What the model wrote. ``document`` is None unless the text is one that breaks no rule."""

    text: str
    document: UasDocument | None

    @classmethod
    def read(cls, text: str) -> "Reply":
        """Read a document from the text if it holds one, the whole of it and nothing else."""
        try:
            document = UasDocument.parse(text)
        except DocumentError:
            return cls(text, None)
        broken = any(violation.level == "error" for violation in check(document))
        return cls(text, None if broken else document)

    def heard_right_voice(self, task: Task) -> bool:
        """Whether the reply is a document that is right about there being a voice.

        The fields of a document that denies a voice are null; that some of them are null in the
        truth too is no merit.
        """
        if self.document is None:
            return False
        return not task.voice_is_known or self.document.has_voice == task.record.document.has_voice


Reward = Callable[[Reply, Task], float | None]
