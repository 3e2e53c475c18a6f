"""Prompts and texts of describers that ask a model: ``data/prompts.yaml``."""

from functools import cache

from uas_pipeline.package_data import read_package_yaml
from uas_pipeline.templates import Template
from uas_schema.strict import Strict


class CaptionPrompts(Strict):
    """``data/prompts.yaml`` as it is written."""

    openai: Template
    document_voice: Template
    document_environment: Template


@cache
def load_caption_prompts() -> CaptionPrompts:
    """Read the prompts (once)."""
    return read_package_yaml(CaptionPrompts, "uas_pipeline.caption", "data/prompts.yaml")
