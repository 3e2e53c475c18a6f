"""Where figures are split, from ``bins.yaml``."""

from functools import cache
from importlib.resources import files

from pydantic import Field

from uas_schema.strict import Strict, read_yaml

_FILE = "bins.yaml"


class Bins(Strict):
    """Edges and numbers of groups.

    Attributes:
        snr_edges_db: levels between which a sound's level beside the speech falls, rising.
        polyphony: numbers of sounds at once, rising; the last one stands for more, too.
        calibration: groups of equally many clips.
    """

    snr_edges_db: tuple[float, ...]
    polyphony: tuple[int, ...] = Field(min_length=1)
    calibration: int = Field(gt=0)


@cache
def load_bins() -> Bins:
    """The bins that ship with the package."""
    path = files("uas_training.evaluation").joinpath(_FILE)
    return read_yaml(Bins, path.read_text(encoding="utf-8"), _FILE)
