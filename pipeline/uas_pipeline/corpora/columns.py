"""Which column or key of a corpus holds what: for formats whose names are anybody's.

Values are text; numbers are written out. Knows nothing of audio.
"""

from collections.abc import Mapping

from uas_pipeline.corpora.speech import UNKNOWN_EMOTION, Voice
from uas_schema.strict import Strict


class Columns(Strict):
    """Names in the corpus. A name that a clip lacks leaves the value unknown."""

    id: str = "id"
    text: str = "text"
    language: str = "language"
    speaker: str = "speaker"
    gender: str = "gender"
    age: str = "age"
    accent: str = "accent"
    emotion: str = "emotion"

    def value(self, row: Mapping[str, object], name: str) -> str | None:
        """Text of one of the columns, by our name for it; None where there is nothing."""
        found = row.get(getattr(self, name))
        if found is None or isinstance(found, dict | list):
            return None
        return str(found).strip() or None

    def voice(self, row: Mapping[str, object]) -> Voice:
        """Who speaks."""
        return Voice(
            speaker=self.value(row, "speaker"),
            gender=self.value(row, "gender"),
            age=self.value(row, "age"),
            accent=self.value(row, "accent"),
        )

    def emotion_of(self, row: Mapping[str, object]) -> str:
        """The emotion, or the value that stands for an unknown one."""
        return self.value(row, "emotion") or UNKNOWN_EMOTION
