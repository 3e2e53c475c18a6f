"""Put the sound of one clip under another, and join what is known of both.

Sounds that are mixed anew in every epoch never repeat, so a few files per label go further than
clips that were mixed once. Only clips whose list of heard sounds is known are mixed; the joined
record says what both together sound like.
"""

from collections.abc import Sequence

import numpy as np

from uas_schema.document import Event, NonLinguisticEvents
from uas_schema.ontology import load_ontology
from uas_schema.records import KnownField, Record
from uas_signal import SAMPLE_RATE_HZ
from uas_signal.levels import active_level_db
from uas_training.config import AugmentConfig
from uas_training.data.examples import Clip, Example
from uas_training.data.targets import event_labels, events_known

_OF_SOUNDS: tuple[KnownField, ...] = ("description", "discreteEvents", "continuousEvents")
_LEAST_HEARD_S = 0.3  # of the last event of a sound that is cut at the end of a clip
_TRIES = 4


class Mixer:
    """Draws sounds for clips: every label as often as the others, then one of its clips.

    Args:
        examples: all training examples; those with known sounds and no voice are drawn from.
        config: probabilities and levels.
    """

    def __init__(self, examples: Sequence[Example], config: AugmentConfig) -> None:
        self._config = config
        self._by_label: dict[str, list[Example]] = {}
        for example in examples:
            if _is_sound_alone(example.record):
                for label in sorted(event_labels(example.record.document)):
                    self._by_label.setdefault(label, []).append(example)
        self._labels = sorted(self._by_label)

    def draw(self, example: Example, rng: np.random.Generator) -> Clip:
        """The example, by chance with another one's sound in it."""
        record = example.record
        if not self._labels or not takes_sounds(record) or rng.random() >= self._chance(record):
            return example.clip()
        for _ in range(_TRIES):
            choices = self._by_label[self._labels[int(rng.integers(len(self._labels)))]]
            other = choices[int(rng.integers(len(choices)))]
            if fits(record, other.record):
                snr_db = rng.uniform(*self._config.mix_snr_db)
                return mix(example.clip(), other.clip(), snr_db, rng)
        return example.clip()

    def _chance(self, record: Record) -> float:
        voiced = record.document.has_voice
        return self._config.mix_voice_probability if voiced else self._config.mix_sound_probability


def takes_sounds(record: Record) -> bool:
    """Whether others may join: the clip is not silent and what is heard in it is known."""
    return events_known(record) and (
        record.document.has_voice or bool(event_labels(record.document))
    )


def fits(record: Record, heard: Record) -> bool:
    """Whether a sound may join a clip: no label of the clip, and all of it can be heard there."""
    starts = [onset.start_s for onset in heard.onsets]
    return max(starts) - min(starts) + _LEAST_HEARD_S <= record.duration_s and not event_labels(
        record.document
    ) & event_labels(heard.document)


def mix(clip: Clip, sound: Clip, snr_db: float, rng: np.random.Generator) -> Clip:
    """Put a sound that fits under a clip, at a random place inside it.

    Args:
        clip: what is as long as the result.
        sound: heard from its first onset on, cut where the clip ends.
        snr_db: active level of the clip over that of the sound.
        rng: the only source of randomness.

    Returns:
        Both together, without the questions that were asked about sounds.
    """
    first_s = min(onset.start_s for onset in sound.record.onsets)
    heard = sound.samples[int(first_s * SAMPLE_RATE_HZ) :][: len(clip.samples)]
    gain_db = active_level_db(clip.samples) - snr_db - active_level_db(heard)
    start = int(rng.integers(0, len(clip.samples) - len(heard) + 1))
    mixed = clip.samples.copy()
    mixed[start : start + len(heard)] += heard * np.float32(10 ** (gain_db / 20))
    mixed /= np.abs(mixed).max(initial=1.0)
    return Clip(mixed, _joined(clip.record, sound.record))


def _is_sound_alone(record: Record) -> bool:
    return bool(record.onsets) and not record.document.has_voice and events_known(record)


def _joined(record: Record, heard: Record) -> Record:
    own, other = record.document.non_linguistic_events, heard.document.non_linguistic_events
    events = NonLinguisticEvents(
        description=_description(record, (*other.discrete_events, *other.continuous_events)),
        discrete_events=own.discrete_events + other.discrete_events,
        continuous_events=own.continuous_events + other.continuous_events,
    )
    document = record.document.model_copy(update={"non_linguistic_events": events})
    known = {**record.known, **{field: heard.known[field] for field in _OF_SOUNDS}}
    qa = tuple(item for item in record.qa if item.field not in _OF_SOUNDS)
    return record.model_copy(update={"document": document, "known": known, "qa": qa})


def _description(record: Record, joining: Sequence[Event]) -> str | None:
    """Quiet speech is now speech over the sound; every other scene stays what it was."""
    scenes = load_ontology().scenes
    scene = record.document.non_linguistic_events.description
    if scene == scenes["speech_quiet"]:
        return scenes["speech_over"].format(sound=joining[0].label)
    return scene
