"""Numbers of the rewards, from ``thresholds.yaml``."""

from functools import cache
from importlib.resources import files

from pydantic import Field

from uas_schema.strict import Strict, read_yaml

_FILE = "thresholds.yaml"


class Thresholds(Strict):
    """The numbers; each is explained where it is used."""

    same_category: float = Field(ge=0, lt=1)
    full_length: float = Field(ge=1)
    no_length: float = Field(gt=1)


@cache
def load_thresholds() -> Thresholds:
    """The numbers that ship with the package."""
    text = files("uas_training.rewards").joinpath(_FILE).read_text(encoding="utf-8")
    return read_yaml(Thresholds, text, _FILE)
