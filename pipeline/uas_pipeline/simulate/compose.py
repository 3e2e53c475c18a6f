"""A scene becomes samples: parts at exact onsets and exact signal-to-noise ratios.

A part's level is its active level (``uas_signal.levels``) as it sounds in the scene, room included.
Knows nothing of documents.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.sounds import Sound
from uas_pipeline.errors import CorpusError
from uas_pipeline.simulate.noise import make_noise
from uas_pipeline.simulate.rooms import Room, reverberate
from uas_pipeline.simulate.scene import NoisePart, Scene, SoundPart
from uas_schema.records import EventTime
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.levels import active_level_db

_PEAK = 0.97
_FADE = 160  # 10 ms
_SILENT_SHARE = 0.01  # of the peak: quieter edges of a sound file are cut off
_KEPT_EDGE = 80  # 5 ms

Signal = NDArray[np.float32]


@dataclass(frozen=True)
class Mixed:
    """A rendered scene: ``samples [T] float32`` at 16 kHz, and when each sound is heard."""

    samples: Signal
    onsets: tuple[EventTime, ...]


def mix(scene: Scene, voice: Signal | None, rng: np.random.Generator) -> Mixed:
    """Render a scene whose speech, if any, is ``voice [T] float32`` at 16 kHz.

    Raises ``CorpusError`` when a sound file is silent.
    """
    layers = [_in_room(_sound(part), scene.room, rng) for part in scene.sounds]
    speech = None if voice is None else _in_room(voice, scene.room, rng)
    bed = np.zeros(_length(scene, speech, layers), np.float32)
    reference_db = 0.0
    if speech is not None and scene.speech is not None:
        reference_db = active_level_db(speech)
        _place(bed, speech, scene.speech.onset_s)
    onsets = []
    for part, layer in zip(scene.sounds, layers, strict=True):
        gain_db = reference_db - (part.snr_db or 0.0) - active_level_db(layer)
        end_s = _place(bed, layer * np.float32(10 ** (gain_db / 20)), part.onset_s)
        onsets.append(EventTime(label=part.sound.label, start_s=round(part.onset_s, 4),
                                end_s=round(end_s, 4), snr_db=part.snr_db))  # fmt: skip
    if scene.noise is not None:
        bed += _noise(scene.noise, reference_db, len(bed), rng)
    return Mixed(_levelled(bed, scene, reference_db), tuple(onsets))


def trim_silence(samples: Signal, margin_s: float = 0.0) -> Signal:
    """Cut the quiet edges off ``[T] float32``, but for a margin."""
    loud = np.flatnonzero(np.abs(samples) > _SILENT_SHARE * np.abs(samples).max(initial=0.0))
    if not len(loud):
        return samples[:0]
    margin = int(margin_s * SAMPLE_RATE_HZ) + _KEPT_EDGE
    return samples[max(0, loud[0] - margin) : loud[-1] + 1 + margin]


def read_sound(path: Path) -> Signal:
    """A sound file without its quiet edges, so that its onset is where it is placed."""
    sound = trim_silence(read_audio(path))
    if len(sound) < 2 * _FADE:
        raise CorpusError(
            f"{path.name} is silent or shorter than 20 ms: leave it out of sounds.yaml"
        )
    return sound


def _sound(part: SoundPart) -> Signal:
    """The stretch of a sound that the scene hears, faded at both ends."""
    sound = read_sound(part.sound.path)
    length = int(part.length_s * SAMPLE_RATE_HZ)
    if _goes_on(part.sound) and len(sound) < length:
        sound = np.tile(sound, -(-length // len(sound)))
    first = int(part.skip_share * max(len(sound) - length, 0))
    heard = sound[first : first + length].copy()
    ramp = np.linspace(0, 1, _FADE, dtype=np.float32)
    heard[:_FADE] *= ramp
    heard[-_FADE:] *= ramp[::-1]
    return heard


def _goes_on(sound: Sound) -> bool:
    return sound.kind != "discrete"


def _in_room(signal: Signal, room: Room | None, rng: np.random.Generator) -> Signal:
    return signal if room is None else reverberate(signal, room, rng)


def _length(scene: Scene, speech: Signal | None, layers: list[Signal]) -> int:
    """Samples of the clip: the scene's duration, or more where a part is longer."""
    ends = [scene.duration_s * SAMPLE_RATE_HZ]
    if speech is not None and scene.speech is not None:
        ends.append(scene.speech.onset_s * SAMPLE_RATE_HZ + len(speech))
    ends += [
        part.onset_s * SAMPLE_RATE_HZ + len(layer)
        for part, layer in zip(scene.sounds, layers, strict=True)
        if not _goes_on(part.sound)
    ]
    return round(max(ends))


def _place(bed: Signal, signal: Signal, onset_s: float) -> float:
    """Add ``signal`` to ``bed`` at an onset; return where it ends, in seconds."""
    start = round(onset_s * SAMPLE_RATE_HZ)
    end = min(start + len(signal), len(bed))
    bed[start:end] += signal[: end - start]
    return end / SAMPLE_RATE_HZ


def _noise(part: NoisePart, reference_db: float, length: int, rng: np.random.Generator) -> Signal:
    gain = np.float32(10 ** ((reference_db - part.below_db) / 20))
    return np.asarray(make_noise(part.colour, length, rng) * gain, np.float32)


def _levelled(bed: Signal, scene: Scene, reference_db: float) -> Signal:
    """Bring the loudest part to the scene's level, and the peak below full scale."""
    if scene.speech is None and not scene.sounds:
        return bed  # noise alone is made at its own level
    gain = 10 ** ((scene.level_db - reference_db) / 20)
    peak = float(np.abs(bed).max(initial=0.0)) * gain
    return np.asarray(bed * np.float32(gain * min(1.0, _PEAK / max(peak, 1e-9))), np.float32)
