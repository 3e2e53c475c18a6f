"""Recordings of one speaker with what their corpus knows of them.

A recording is where a scene's speech comes from: real clips, prompts, or synthetic voices. Knows
nothing of what a scene does with it.
"""

from dataclasses import dataclass
from pathlib import Path

from uas_schema.records import Knowledge

UNKNOWN_EMOTION = "Neutral"  # the document wants a value; ``emotion_known`` says it means nothing


@dataclass(frozen=True)
class Voice:
    """Who speaks. ``accent`` is None where nobody has said it."""

    speaker: str
    gender: str
    age: str
    accent: str | None


@dataclass(frozen=True)
class Recording:
    """A clip of one speaker: ``id`` is unique within its corpus."""

    id: str
    corpus: str
    path: Path
    licence: str
    language: str
    text: str
    voice: Voice
    emotion: str = UNKNOWN_EMOTION
    emotion_known: Knowledge = "none"
