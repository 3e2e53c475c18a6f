"""Norms of the acoustic describer: ``data/norms.yaml``, each with its source."""

from collections.abc import Mapping
from functools import cache
from math import exp, inf, log

from pydantic import Field

from uas_pipeline.package_data import read_package_yaml
from uas_schema.ontology import Scale
from uas_schema.strict import Strict


class MeasuredScale(Scale):
    """A scale that knows which measure it judges."""

    measure: str


class FemaleScore(Strict):
    """Logistic score of a woman's voice, and the probability from which it is called sure.

    ``most``: values above count as this, because the speech that the weights were fitted to has
    none there.
    """

    weights: Mapping[str, float]
    centres: Mapping[str, float]
    most: Mapping[str, float]
    intercept: float
    sure: float = Field(gt=0.5, lt=1)
    source: str

    def probability(self, measures: Mapping[str, float]) -> float | None:
        """Probability of a woman's voice among adults; None when a measure is missing."""
        score = self.intercept
        for name, weight in self.weights.items():
            if name not in measures:
                return None
            value = min(measures[name], self.most.get(name, inf))
            centre = self.centres[name]
            score += weight * (log(value / centre) if name.endswith("_hz") else value - centre)
        return 1 / (1 + exp(-score))


class ChildVoice(Strict):
    """Measures from which a voice is a child's, and those (``perhaps``) from which it may be."""

    f0_low_hz: float
    formant_spacing_hz: float
    perhaps_f0_median_hz: float
    perhaps_spacing_hz: float
    source: str


class Reliable(Strict):
    """From where on measures of a voice can be trusted."""

    speech_s: float
    timbre_snr_db: float
    pitch_snr_db: float
    source: str


class Norms(Strict):
    """``data/norms.yaml`` as it is written."""

    version: str
    female: FemaleScore
    child: ChildVoice
    reliable: Reliable
    scales: Mapping[str, MeasuredScale]
    silence_db: float
    noise_flatness: float

    def level(self, scale: str, measures: Mapping[str, float]) -> str | None:
        """Word of a scale, or None when it could not be measured."""
        value = measures.get(self.scales[scale].measure)
        return None if value is None else self.scales[scale].level(value)


@cache
def load_norms() -> Norms:
    """Read the norms (once)."""
    return read_package_yaml(Norms, "uas_pipeline.caption", "data/norms.yaml")
