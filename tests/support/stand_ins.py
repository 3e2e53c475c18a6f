"""Steps without models: a caption and a record from what the corpus says, for tests of the run."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.errors import EndpointError, Rejected
from uas_pipeline.run.config import RunConfig
from uas_pipeline.steps.backends import CaptionStep, SynthesizeStep, ValidateStep
from uas_pipeline.steps.protocol import Step
from uas_pipeline.validate.checks import CHECKS
from uas_pipeline.validate.config import validation_config
from uas_schema.document import NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.records import Record

UNWANTED, DOWN = "unwanted", "down"
_ALL_CHECKS = [name for checks in CHECKS.values() for name in checks]


class LevelCaptioner:
    """Describes a clip by its level. The text "down" makes it fail as a lost server does."""

    def caption(self, recording: Recording, samples: NDArray[np.float32]) -> Caption:
        if recording.text == DOWN:
            raise EndpointError("http://127.0.0.1:9/v1 does not answer: start the server")
        level_db = float(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-9))
        return Caption(
            voice="a voice", environment=None, measures={"level_db": level_db},
            backend="level", version="1",
        )  # fmt: skip


class PlainSynthesizer:
    """A record with the transcript alone. The text "unwanted" is rejected."""

    def synthesize(self, recording: Recording, caption: Caption) -> Record:
        if recording.text == UNWANTED:
            raise Rejected("unwanted", f"{recording.id} is not wanted")
        voice = Paralinguistics(age="Adult", gender="Female", emotion=None, accent=None,
                                prosody=None, timbre=None)  # fmt: skip
        document = UasDocument(
            transcription=recording.text,
            paralinguistics=voice,
            non_linguistic_events=NonLinguisticEvents(
                description=None, discrete_events=(), continuous_events=()
            ),
        )
        return Record(
            id=recording.id,
            audio=str(recording.path),
            sample_rate_hz=16_000,
            duration_s=0.0,
            language=recording.language,
            speaker=recording.voice.speaker,
            corpus=recording.corpus,
            licence=recording.licence,
            split=recording.split,
            document=document,
            known={"transcription": "truth", "age": "truth", "gender": "truth"},
            evidence=caption.evidence(),
        )


def make_steps(config: RunConfig) -> Sequence[Step]:
    return [
        CaptionStep(LevelCaptioner, {"backend": "level"}),
        SynthesizeStep(PlainSynthesizer, {"backend": "plain"}),
        ValidateStep(validation_config({"skip": _ALL_CHECKS})),
    ]
