"""Recordings of one speaker with what their corpus knows of them.

A recording is where a document, or a scene's speech, comes from: real clips, prompts, or synthetic
voices. Knows nothing of what is done with it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uas_pipeline.errors import CorpusError
from uas_schema.records import Knowledge

UNKNOWN_EMOTION = "Neutral"  # the document wants a value; ``emotion_known`` says it means nothing


@dataclass(frozen=True)
class Voice:
    """Who speaks, in the corpus's own words; None where nobody has said it."""

    speaker: str
    gender: str | None
    age: str | None
    accent: str | None

    @property
    def norms(self) -> str:
        """Gender whose norms of pitch the voice has. Raises ``CorpusError`` if it is not known."""
        if self.gender is None:
            raise CorpusError(f"speaker {self.speaker!r} has no gender: give it in the metadata")
        return self.gender


@dataclass(frozen=True)
class Recording:
    """A clip of one speaker: ``id`` is unique within its corpus.

    ``text`` is what is said, "" where nobody speaks. ``split`` is where the corpus or the
    configuration puts the clip.
    """

    id: str
    corpus: str
    path: Path
    licence: str
    language: str
    text: str
    voice: Voice
    emotion: str = UNKNOWN_EMOTION
    emotion_known: Knowledge = "none"
    split: Literal["train", "development", "test"] = "train"
