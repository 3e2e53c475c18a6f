"""A configuration and its material become scenes. The same seed gives the same scenes.

Every part draws from its own generator, so a part that grows does not change another.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from uas_pipeline.corpora.sounds import Sound
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.corpora.splits import Split
from uas_pipeline.simulate.config import Range, SimulationConfig
from uas_pipeline.simulate.material import Material
from uas_pipeline.simulate.noise import NoiseColour
from uas_pipeline.simulate.rooms import Room
from uas_pipeline.simulate.scene import NoisePart, Scene, SoundPart, SpeechPart, VoiceTarget
from uas_pipeline.simulate.targets import load_ages
from uas_schema.ontology import load_ontology

T = TypeVar("T")

_LATEST_ONSET_S = 0.5
_LATEST_SOUND_S = 1.5  # most speech is longer, so sounds fall onto it
_LONGEST_BED_S = 12.0  # continuous sounds under speech are cut where the speech ends
_SILENCE_SHARE, _FAINT_SHARE = 0.2, 0.4  # of the clips without any sound
_FAINT_BELOW_DB: Range = (60.0, 80.0)
_AUDIBLE_BELOW_DB: Range = (20.0, 45.0)


def plan(config: SimulationConfig, split: Split, material: Material) -> Iterator[Scene]:
    """Every scene of a split; scenes of one recording follow one another."""
    planner = _Planner(config, split, material)
    yield from planner.as_recorded()
    yield from planner.noises()
    yield from planner.sounds()
    spoken = [*planner.mixtures(), *planner.voices()]
    yield from sorted(spoken, key=_recording_of)


class _Planner:
    def __init__(self, config: SimulationConfig, split: Split, material: Material) -> None:
        self._config, self._split, self._material = config, split, material
        self._share, self._mixing = config.share(split), config.mixing

    def as_recorded(self) -> Iterator[Scene]:
        """Real clips and flite's, one scene each."""
        prompts = self._material.prompts[: self._share.prompts]
        for recording in (*self._material.labelled, *prompts, *self._material.flite):
            identity = f"{recording.corpus}-{recording.id}"
            rng, seed = self._draws(identity)
            speech = SpeechPart(recording, None, 0.0)
            yield Scene(identity, self._split, seed, 0.0, self._level(rng), speech)

    def noises(self) -> Iterator[Scene]:
        """Digital silence, faint noise that counts as silence, and audible noise."""
        for number in range(self._share.noises):
            identity = self._identity("noise", number)
            rng, seed = self._draws(identity)
            kind = rng.random()
            faint = kind < _SILENCE_SHARE + _FAINT_SHARE
            below_db = rng.uniform(*(_FAINT_BELOW_DB if faint else _AUDIBLE_BELOW_DB))
            noise = None if kind < _SILENCE_SHARE else NoisePart(_colour(rng), below_db)
            length_s = _rounded(rng.uniform(*self._mixing.noise_length_s))
            yield Scene(
                identity, self._split, seed, length_s, 0.0, noise=noise, audible_noise=not faint
            )

    def sounds(self) -> Iterator[Scene]:
        """Sounds alone, one or two different ones."""
        alone = [sound for sound in self._material.sounds if sound.kind != "voices"]
        turns = self._turns(alone, "sounds")
        for number in range(self._share.sounds if alone else 0):
            identity = self._identity("sound", number)
            rng, seed = self._draws(identity)
            parts = self._sound_parts(turns, rng, over_speech=False)
            yield Scene(
                identity, self._split, seed, _alone_s(parts), self._level(rng),
                sounds=parts, noise=self._quiet_noise(rng), room=self._room(rng),
            )  # fmt: skip

    def mixtures(self) -> Iterator[Scene]:
        """Speech under sounds or audible noise."""
        if not (self._material.sounds and (self._material.spoken or self._material.labelled)):
            return
        turns = self._turns(self._material.sounds, "mixtures")
        for number in range(self._share.mixtures):
            yield self._mixture(number, turns)

    def voices(self) -> Iterator[Scene]:
        """Every spoken sentence in several voices."""
        for recording in self._material.spoken:
            for number in range(self._share.voices):
                identity = f"{recording.corpus}-{recording.id}-{number}"
                rng, seed = self._draws(identity)
                speech = SpeechPart(recording, self._target(recording, rng), 0.0)
                yield Scene(
                    identity, self._split, seed, 0.0, self._level(rng), speech,
                    noise=self._quiet_noise(rng), room=self._room(rng),
                )  # fmt: skip

    def _mixture(self, number: int, turns: Iterator[Sound]) -> Scene:
        identity = self._identity("mixture", number)
        rng, seed = self._draws(identity)
        speech = self._mixed_speech(rng)
        noisy = rng.random() < self._mixing.audible_noise_share
        noise = (
            NoisePart(_colour(rng), rng.uniform(*self._mixing.audible_noise_below_db))
            if noisy
            else self._quiet_noise(rng)
        )
        sounds = () if noisy else self._sound_parts(turns, rng, over_speech=True)
        return Scene(
            identity, self._split, seed, 0.0, self._level(rng), speech, sounds,
            noise=noise, audible_noise=noisy, room=self._room(rng),
        )  # fmt: skip

    def _mixed_speech(self, rng: np.random.Generator) -> SpeechPart:
        labelled, spoken = self._material.labelled, self._material.spoken
        onset_s = _rounded(rng.uniform(0, _LATEST_ONSET_S))
        if labelled and (not spoken or rng.random() < self._mixing.real_speech_share):
            return SpeechPart(_pick(labelled, rng), None, onset_s)
        recording = _pick(spoken, rng)
        return SpeechPart(recording, self._target(recording, rng), onset_s)

    def _sound_parts(
        self, turns: Iterator[Sound], rng: np.random.Generator, *, over_speech: bool
    ) -> tuple[SoundPart, ...]:
        """One or two sounds of different labels, each in its turn."""
        parts = [self._sound_part(next(turns), rng, over_speech=over_speech)]
        if rng.random() < self._mixing.second_sound_share:
            second = next(turns)
            if second.label != parts[0].sound.label:
                parts.append(self._sound_part(second, rng, over_speech=over_speech))
        return tuple(sorted(parts, key=lambda part: part.onset_s))

    def _sound_part(
        self, sound: Sound, rng: np.random.Generator, *, over_speech: bool
    ) -> SoundPart:
        goes_on = sound.kind != "discrete"
        length_s = _rounded(rng.uniform(*self._mixing.sound_length_s))
        return SoundPart(
            sound,
            onset_s=0.0 if goes_on else _rounded(rng.uniform(0, _LATEST_SOUND_S)),
            length_s=_LONGEST_BED_S if goes_on and over_speech else length_s,
            skip_share=rng.random() if goes_on else 0.0,
            snr_db=round(rng.uniform(*self._mixing.snr_db), 2) if over_speech else None,
        )

    def _turns(self, sounds: Sequence[Sound], purpose: str) -> Iterator[Sound]:
        """Sounds without end: every label in turn, its files in turn, both shuffled."""
        rng, _ = self._draws(purpose)
        by_label: dict[str, list[Sound]] = {}
        for index in rng.permutation(len(sounds)):
            by_label.setdefault(sounds[index].label, []).append(sounds[index])
        lap = 0
        while by_label:
            labels = list(by_label)
            for index in rng.permutation(len(labels)):
                files = by_label[labels[index]]
                yield files[lap % len(files)]
            lap += 1

    def _target(self, recording: Recording, rng: np.random.Generator) -> VoiceTarget:
        ages = self._config.ages.model_dump()
        age = _weighted(tuple(ages), tuple(ages.values()), rng)
        prosody, voice = load_ontology().prosody, load_ages()[age]
        pitch_weights = voice.pitch_weights[recording.voice.norms]
        return VoiceTarget(
            age=age,
            rate=_weighted(prosody["rate"].levels, voice.rate_weights, rng),
            pitch=_weighted(prosody["pitch"].levels, pitch_weights, rng),
            range=_pick(prosody["range"].levels, rng),
        )

    def _room(self, rng: np.random.Generator) -> Room | None:
        if rng.random() >= self._mixing.room_share:
            return None
        return Room(
            rng.uniform(*self._mixing.reverberation_s), rng.uniform(*self._mixing.direct_to_tail_db)
        )

    def _quiet_noise(self, rng: np.random.Generator) -> NoisePart:
        return NoisePart(_colour(rng), rng.uniform(*self._mixing.noise_below_db))

    def _level(self, rng: np.random.Generator) -> float:
        return round(rng.uniform(*self._mixing.level_db), 2)

    def _identity(self, part: str, number: int) -> str:
        return f"{part}-{self._split}-{number:04d}"

    def _draws(self, identity: str) -> tuple[np.random.Generator, int]:
        """Generator for the plan of a scene, and the seed for its rendering."""
        text = f"{self._config.seed}|{self._split}|{identity}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return np.random.default_rng(seed), seed // 2


def _alone_s(parts: tuple[SoundPart, ...]) -> float:
    """Length of a clip of sounds alone; sounds that go on fill it."""
    return max(part.length_s if part.sound.kind != "discrete" else part.onset_s for part in parts)


def _recording_of(scene: Scene) -> tuple[str, str]:
    """Voices that are changed come last: the others need no vocoder and are soon done."""
    if scene.speech is None:
        return "", ""
    changed = scene.speech.recording.corpus if scene.speech.target else ""
    return changed, scene.speech.recording.id


def _colour(rng: np.random.Generator) -> NoiseColour:
    return "white" if rng.random() < 0.5 else "pink"


def _pick(items: Sequence[T], rng: np.random.Generator) -> T:
    return items[int(rng.integers(len(items)))]


def _weighted(items: Sequence[T], weights: Sequence[float], rng: np.random.Generator) -> T:
    shares = np.asarray(weights, float) / sum(weights)
    return items[int(rng.choice(len(items), p=shares))]


def _rounded(seconds: float) -> float:
    return round(float(seconds), 3)
