"""The paper's ablation as data, from ``paper.yaml``, to stand beside ours."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from uas_schema.strict import Strict, read_yaml

_FILE = "paper.yaml"


class PaperArm(Strict):
    """Percent of right answers of one arm; ``rounded`` where the source gives them about."""

    perception: float
    reasoning: float
    rounded: bool


class Paper(Strict):
    """``paper.yaml`` as it is written. ``table`` is the paper's, None where it is not known."""

    title: str
    table: int | None
    source: str
    arms: Mapping[str, PaperArm]


@cache
def load_paper() -> Paper:
    """The figures that ship with the package."""
    path = files("uas_training.ablation").joinpath(_FILE)
    return read_yaml(Paper, path.read_text(encoding="utf-8"), _FILE)
