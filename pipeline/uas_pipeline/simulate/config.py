"""What a simulated corpus holds: a YAML file, checked key by key."""

from pathlib import Path

from pydantic import Field

from uas_pipeline.corpora.splits import Split
from uas_pipeline.qa.maker import QaConfig
from uas_schema.strict import Strict, read_yaml

Range = tuple[float, float]


class Share(Strict):
    """How many clips of each kind a split gets.

    ``sentences`` are spoken once by Kokoro; each is turned into ``voices`` different voices.
    ``mixtures`` are speech under sounds; ``sounds`` are sounds alone; ``noises`` is noise,
    audible or not, and digital silence.
    """

    sentences: int = Field(ge=0)
    voices: int = Field(ge=0)
    flite: int = Field(ge=0)
    prompts: int = Field(ge=0)
    sounds: int = Field(ge=0)
    mixtures: int = Field(ge=0)
    noises: int = Field(ge=0)


class Ages(Strict):
    """Shares of the ages among changed voices."""

    Child: float = Field(ge=0)
    Adult: float = Field(ge=0)
    Elderly: float = Field(ge=0)


class Mixing(Strict):
    """How parts are put together; ranges are drawn from evenly."""

    snr_db: Range
    level_db: Range
    noise_below_db: Range
    audible_noise_below_db: Range
    audible_noise_share: float = Field(ge=0, le=1)
    room_share: float = Field(ge=0, le=1)
    reverberation_s: Range
    direct_to_tail_db: Range
    second_sound_share: float = Field(ge=0, le=1)
    real_speech_share: float = Field(ge=0, le=1)
    sound_length_s: Range
    noise_length_s: Range


class SimulationConfig(Strict):
    """A simulated corpus."""

    name: str
    seed: int
    train: Share
    development: Share
    ages: Ages
    mixing: Mixing
    questions: QaConfig = QaConfig()

    def share(self, split: Split) -> Share:
        """What a split gets."""
        return self.train if split == "train" else self.development


def load_config(path: Path) -> SimulationConfig:
    """Read a configuration.

    Raises ``uas_schema.errors.DataError`` that names the key and the nearest valid one.
    """
    return read_yaml(SimulationConfig, path.read_text("utf-8"), path.name)
