"""What a clip is made of: a plan that says everything, so that equal plans make equal clips.

Onsets and lengths are in seconds, levels in dB. Knows nothing of how it is rendered.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from uas_pipeline.corpora.sounds import Sound
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.corpora.splits import Split
from uas_pipeline.simulate.noise import NoiseColour
from uas_pipeline.simulate.rooms import Room

RECIPE = "scene/1"  # part of every digest: raise it when rendering changes


@dataclass(frozen=True)
class VoiceTarget:
    """The voice that a recording is turned into: an age and the words of its prosody."""

    age: str
    rate: str
    pitch: str
    range: str


@dataclass(frozen=True)
class SpeechPart:
    """A recording in a scene; ``target`` is None for a voice that stays as it was recorded."""

    recording: Recording
    target: VoiceTarget | None
    onset_s: float


@dataclass(frozen=True)
class SoundPart:
    """A sound in a scene.

    ``length_s`` is the most that is heard of it; a continuous sound is repeated to fill it.
    ``skip_share`` in 0..1 says where in a longer file it begins. ``snr_db`` is the active level
    of the speech above that of the sound; without speech it is None.
    """

    sound: Sound
    onset_s: float
    length_s: float
    skip_share: float = 0.0
    snr_db: float | None = None


@dataclass(frozen=True)
class NoisePart:
    """Steady noise through the whole clip, this many dB below full scale or below the speech."""

    colour: NoiseColour
    below_db: float


@dataclass(frozen=True)
class Scene:
    """One clip. ``level_db`` is the active level of its loudest part, relative to full scale.

    ``audible_noise`` says whether the noise is meant to be heard and so belongs in the document.
    """

    id: str
    split: Split
    seed: int
    duration_s: float
    level_db: float
    speech: SpeechPart | None = None
    sounds: tuple[SoundPart, ...] = ()
    noise: NoisePart | None = None
    audible_noise: bool = False
    room: Room | None = None

    @property
    def digest(self) -> str:
        """Name of what this scene renders to; paths of this machine are left out of it."""
        plain = json.dumps([RECIPE, asdict(self)], sort_keys=True, default=_name_of)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]


def _name_of(value: object) -> str:
    if isinstance(value, Path):
        return value.name
    raise TypeError(f"a scene cannot hold {value!r}")
