"""The steps of a run, from its configuration."""

from collections.abc import Sequence
from functools import partial

from pydantic import BaseModel

from uas_pipeline.caption.backends import make_captioner
from uas_pipeline.run.config import RunConfig
from uas_pipeline.steps.backends import CaptionStep, Identity, SynthesizeStep, ValidateStep
from uas_pipeline.steps.protocol import Step
from uas_pipeline.synthesize.backends import make_synthesizer
from uas_pipeline.validate.config import validation_config

# How an endpoint is reached changes nothing in its answers, and is nobody's business in a dataset.
_HOW = {"base_url", "key_variable", "timeout_s", "attempts", "first_wait_s", "longest_wait_s",
        "max_answer_bytes", "price"}  # fmt: skip


def make_steps(config: RunConfig) -> Sequence[Step]:
    """Caption, synthesize, validate. Backends are made with the first clip."""
    return [caption_step(config), synthesize_step(config), validate_step(config)]


def caption_step(config: RunConfig) -> CaptionStep:
    """The step of the configured describer."""
    make = partial(make_captioner, config.caption)
    return CaptionStep(make, _identity(config.caption), config.execution.caption.threads)


def synthesize_step(config: RunConfig) -> SynthesizeStep:
    """The step of the configured synthesizer."""
    make = partial(make_synthesizer, config.synthesize)
    threads = config.execution.synthesize.threads
    return SynthesizeStep(make, _identity(config.synthesize), threads)


def validate_step(config: RunConfig) -> ValidateStep:
    """The step of the checks with the configured thresholds."""
    return ValidateStep(validation_config(config.checks))


def _identity(backend: BaseModel) -> Identity:
    return backend.model_dump(mode="json", exclude={"endpoint": _HOW})
