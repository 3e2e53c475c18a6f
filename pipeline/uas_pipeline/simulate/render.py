"""Scenes become files: ``audio/<split>/<digest>.flac`` and, written last, ``scenes/<digest>.json``.

A scene whose JSON exists is not rendered again, so a run that was ended goes on where it stopped,
and a scene that changes gets another digest. Every file is written aside and renamed. A scene
that cannot be rendered truthfully leaves a JSON with the reason instead of a record.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from uas_pipeline.acoustics.voice import VoiceMeasures, VoiceWords, measure_voice, words_for
from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.simulate.compose import Mixed, mix, read_sound, trim_silence
from uas_pipeline.simulate.scene import Scene, SpeechPart
from uas_pipeline.simulate.targets import TargetMissedError, speak_as
from uas_pipeline.simulate.truth import document_of, known_of
from uas_pipeline.simulate.voices import VoiceChange, VoiceParts, put_together, take_apart
from uas_schema.records import Record
from uas_schema.strict import Strict
from uas_signal import SAMPLE_RATE_HZ

_MARGIN_S = 0.25  # quiet that stays around speech
_SILENT_LANGUAGE = "und"  # ISO 639: undetermined


class Rendered(Strict):
    """What became of a scene: a record, or the reason why there is none."""

    scene: str
    record: Record | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Voiced:
    """Speech of a scene: ``samples [T] float32`` at 16 kHz and the words for it."""

    samples: NDArray[np.float32]
    words: VoiceWords | None


class Renderer:
    """Renders scenes into a folder. Neighbouring scenes of one recording share its analysis."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._taken_apart = lru_cache(maxsize=4)(_take_apart)
        (out / "scenes").mkdir(parents=True, exist_ok=True)

    def render(self, scene: Scene) -> Rendered:
        """Render a scene, or read what it became before."""
        note = self._out / "scenes" / f"{scene.digest}.json"
        if note.exists():
            known = Rendered.model_validate_json(note.read_text("utf-8"))
            if known.record is None or (self._out / known.record.audio).exists():
                return known
        try:
            rendered = Rendered(scene=scene.id, record=self._render(scene))
        except TargetMissedError as error:
            rendered = Rendered(scene=scene.id, refused=str(error))
        unfinished = note.with_suffix(".unfinished")
        unfinished.write_text(rendered.model_dump_json(by_alias=True), "utf-8")
        unfinished.replace(note)
        return rendered

    def _render(self, scene: Scene) -> Record:
        rng = np.random.default_rng(scene.seed)
        voiced = None if scene.speech is None else self._speak(scene.speech, rng)
        mixed = mix(scene, None if voiced is None else voiced.samples, rng)
        audio = self._write(scene, mixed)
        return _record(scene, voiced.words if voiced else None, mixed, audio)

    def _speak(self, part: SpeechPart, rng: np.random.Generator) -> Voiced:
        recording = part.recording
        if part.target is not None:
            parts, as_it_is = self._taken_apart(recording)
            samples, words = speak_as(recording, parts, as_it_is, part.target, rng)
            return Voiced(trim_silence(samples, _MARGIN_S), words)
        samples = trim_silence(read_audio(recording.path), _MARGIN_S)
        measures = measure_voice(samples, recording.text, recording.language)
        return Voiced(samples, words_for(measures, recording.voice.gender, recording.voice.age))

    def _write(self, scene: Scene, mixed: Mixed) -> Path:
        path = Path("audio") / scene.split / f"{scene.digest}.flac"
        target = self._out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix(".unfinished")
        soundfile.write(unfinished, mixed.samples, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
        unfinished.replace(target)
        return path


def _take_apart(recording: Recording) -> tuple[VoiceParts, VoiceMeasures]:
    """A recording's voice, and its measures when it is put together unchanged."""
    parts = take_apart(trim_silence(read_audio(recording.path), _MARGIN_S))
    unchanged = put_together(parts, VoiceChange(), np.random.default_rng(0))
    return parts, measure_voice(unchanged, recording.text, recording.language)


def _record(scene: Scene, words: VoiceWords | None, mixed: Mixed, audio: Path) -> Record:
    heard = tuple(read_sound(part.sound.path) for part in scene.sounds)
    speech = scene.speech.recording if scene.speech else None
    corpora = [speech.corpus] if speech else []
    corpora += sorted({part.sound.package for part in scene.sounds})
    licences = {speech.licence} if speech else set()
    licences |= {part.sound.licence for part in scene.sounds}
    return Record(
        id=scene.id,
        audio=audio.as_posix(),
        sample_rate_hz=SAMPLE_RATE_HZ,
        duration_s=len(mixed.samples) / SAMPLE_RATE_HZ,
        language=speech.language if speech else _SILENT_LANGUAGE,
        speaker=speech.voice.speaker if speech else None,
        corpus="+".join(corpora) or "noise",
        licence=" AND ".join(sorted(licences)) or "CC0-1.0",
        split=scene.split,
        document=document_of(scene, words, heard),
        known=known_of(scene, words),
        onsets=mixed.onsets,
    )
