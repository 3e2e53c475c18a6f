"""Which split a clip is in: the corpus's own, or by a digest of the speaker.

Split by speaker, never by clip: a model must be measured on voices that it never heard.
"""

import hashlib
from typing import Literal, Self

from pydantic import Field, model_validator

from uas_pipeline.corpora.speech import Recording
from uas_schema.strict import Strict

SplitName = Literal["train", "development", "test"]


class SplitConfig(Strict):
    """``by: corpus`` keeps what the corpus says; ``by: speaker`` draws shares of the speakers.

    A clip without a speaker is drawn by its id.
    """

    by: Literal["corpus", "speaker"] = "corpus"
    development: float = Field(default=0.0, ge=0, lt=1)
    test: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.by == "corpus" and (self.development or self.test):
            raise ValueError("shares are drawn only with by: speaker")
        if self.development + self.test >= 1:
            raise ValueError("development and test leave nothing for train")
        return self


def split_of(recording: Recording, config: SplitConfig) -> SplitName:
    """The split of a recording: the same for all of a speaker's."""
    if config.by == "corpus":
        return recording.split
    name = recording.voice.speaker or recording.id
    digest = hashlib.sha256(f"{recording.corpus}|{name}".encode()).digest()
    drawn = int.from_bytes(digest[:8], "big") / 2**64
    if drawn < config.development:
        return "development"
    return "test" if drawn < config.development + config.test else "train"
