"""What a plan takes for granted, from ``assumptions.yaml``."""

from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import Field

from uas_training.config import Strict


class Assumptions(Strict):
    """Text of a clip in tokens, useful TFLOP/s of a device, share of its memory left alone."""

    text_tokens: Annotated[int, Field(ge=1)]
    learnt_tokens: Annotated[int, Field(ge=1)]
    device_tflops: Annotated[float, Field(gt=0)]
    reserve_share: Annotated[float, Field(ge=0, lt=1)]


@cache
def assumptions() -> Assumptions:
    """The shipped values."""
    text = files("uas_training.plan").joinpath("assumptions.yaml").read_text(encoding="utf-8")
    return Assumptions.model_validate(yaml.safe_load(text))
