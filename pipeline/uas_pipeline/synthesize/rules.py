"""The embedded synthesizer: deterministic, without a model."""

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.synthesize.claims import record_of
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.merge import claims_of
from uas_schema.records import Record


class RulesSynthesizer:
    """What the corpus says is truth, what was measured or named in the caption is evidence."""

    def __init__(self, config: MergeConfig) -> None:
        self._config = config

    def synthesize(self, recording: Recording, caption: Caption) -> Record:
        """The record of a clip. Raises ``Rejected`` as the configuration asks."""
        claims = claims_of(recording, caption, self._config)
        return record_of(recording, caption, claims, self._config.require)
