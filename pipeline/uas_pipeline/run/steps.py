"""The steps of a run, from its configuration."""

from collections.abc import Sequence

from uas_pipeline.run.config import RunConfig
from uas_pipeline.steps.backends import CaptionStep, SynthesizeStep, ValidateStep
from uas_pipeline.steps.protocol import Step
from uas_pipeline.validate.config import validation_config


def make_steps(config: RunConfig) -> Sequence[Step]:
    """Caption, synthesize, validate. Models are loaded with the first clip."""
    return [caption_step(config), synthesize_step(config), validate_step(config)]


def caption_step(config: RunConfig) -> CaptionStep:
    """The step of the configured describer."""
    from uas_pipeline.caption.acoustic import AcousticCaptioner

    identity = config.caption.model_dump(mode="json")
    return CaptionStep(AcousticCaptioner(), identity, config.execution.caption.threads)


def synthesize_step(config: RunConfig) -> SynthesizeStep:
    """The step of the configured synthesizer."""
    from uas_pipeline.synthesize.rules import RulesSynthesizer

    settings = config.synthesize
    identity = settings.model_dump(mode="json")
    return SynthesizeStep(
        RulesSynthesizer(settings.merge), identity, config.execution.synthesize.threads
    )


def validate_step(config: RunConfig) -> ValidateStep:
    """The step of the checks with the configured thresholds."""
    return ValidateStep(validation_config(config.checks))
