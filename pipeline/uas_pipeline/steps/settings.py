"""Which backend captions and which synthesizes, as a configuration says it."""

from typing import Literal

from uas_pipeline.synthesize.config import MergeConfig
from uas_schema.strict import Strict


class AcousticSettings(Strict):
    """Measures, and words for them by published norms; no model."""

    backend: Literal["acoustic"] = "acoustic"


class RulesSettings(Strict):
    """What the corpus says and what the caption measured, merged by rules; no model."""

    backend: Literal["rules"] = "rules"
    merge: MergeConfig = MergeConfig()


CaptionSettings = AcousticSettings
SynthesizeSettings = RulesSettings
