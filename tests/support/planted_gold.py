"""Gold records, as JSON objects, that pass every check.

Real speech, synthetic speech alone and over sounds, and sounds without speech. Measures are made up
to fit their words.
"""

import json
from collections.abc import Iterator
from typing import Any

from judged_records import MEASURES, TEXTS

from uas_schema.ontology import load_ontology
from uas_schema.records import Record

SENTENCES = (
    "The lamp on the kitchen table has been on all night.",
    "Four green bottles stood along the garden wall this morning.",
    "My uncle keeps an old boat behind his summer house.",
    "She never told them why the train had been late.",
)
_MAN = {"f0_median_hz": 155.0, "f0_range_semitones": 12.0, "syllables_per_s": 6.0,
        "centroid_hz": 1000.0, "formant_3_hz": 2450.0}  # fmt: skip
_WOMAN = {"f0_median_hz": 165.0, "f0_range_semitones": 3.0, "syllables_per_s": 3.0,
          "centroid_hz": 1600.0, "formant_3_hz": 2900.0, "f0_perturbation_ratio": 0.01}  # fmt: skip
_GIRL = {"f0_median_hz": 220.0, "f0_range_semitones": 3.0, "syllables_per_s": 6.0,
         "formant_spacing_hz": 1350.0, "formant_3_hz": 3500.0}  # fmt: skip
_VOICES: tuple[tuple[str, str, str, str, dict[str, float]], ...] = (
    ("Adult", "Male", "fast pace, high pitch, wide range", "dark, clear", _MAN),
    ("Adult", "Female", "slow pace, low pitch, narrow range", "bright, rough", _WOMAN),
    ("Child", "Female", "fast pace, low pitch, narrow range", "balanced, clear", _GIRL),
)
_NOBODY = {"speech_s": 0.0, "pitched_s": 0.0, "nuclei_count": 0.0, "level_db": -20.0}
_FIELDS = ("age", "gender", "emotion", "accent", "prosody", "timbre")


def planted_gold() -> Iterator[dict[str, Any]]:
    """48 records, a quarter of each sort."""
    for number in range(12):
        for corpus in ("asterisk", "kokoro", "kokoro+sounds"):
            yield _spoken(f"{corpus}-{number}", corpus, number)
        yield _sound(f"sound-{number}", ("bell", "rain")[number % 2])


def _spoken(record_id: str, corpus: str, number: int) -> dict[str, Any]:
    age, gender, prosody, timbre, measures = _VOICES[number % len(_VOICES)]
    voice = {"age": age, "gender": gender, "emotion": "Neutral", "accent": "British English"}
    voice |= {"prosody": prosody, "timbre": timbre}
    scenes = load_ontology().scenes
    label = "dog bark" if "+" in corpus else None
    scene = scenes["speech_over"].format(sound=label) if label else scenes["speech_quiet"]
    text = SENTENCES[number % len(SENTENCES)]
    return _record(record_id, corpus, text, voice, scene, label, measures)


def _sound(record_id: str, label: str) -> dict[str, Any]:
    ontology = load_ontology()
    scene = ontology.scenes[ontology.categories[label]]
    return _record(record_id, "sounds", None, dict.fromkeys(_FIELDS), scene, label, _NOBODY)


def _record(
    record_id: str,
    corpus: str,
    text: str | None,
    voice: dict[str, str | None] | dict[str, str],
    scene: str,
    label: str | None,
    measures: dict[str, float],
) -> dict[str, Any]:
    events = [{"label": label, "characteristic": "brief, bright"}] if label else []
    sounds = {"description": scene, "discreteEvents": events, "continuousEvents": []}
    fields = ("transcription", *_FIELDS, "description", "discreteEvents", "continuousEvents")
    texts = {f"caption.{name}": value for name, value in TEXTS.items()}
    row = {
        "id": record_id,
        "audio": f"{record_id}.flac",
        "sample_rate_hz": 16_000,
        "duration_s": 4.5,
        "language": "en" if text else "und",
        "speaker": "somebody" if text else None,
        "corpus": corpus,
        "licence": "CC0-1.0",
        "split": "train",
        "document": {
            "transcription": text,
            "paralinguistics": voice,
            "nonLinguisticEvents": sounds,
        },
        "known": dict.fromkeys(fields, "truth"),
        "onsets": [{"label": label, "start_s": 1.0, "end_s": 1.4}] if label else [],
        "evidence": {**MEASURES, "duration_s": 4.5, **measures, **texts, "corpus_text": text or ""},
    }
    Record.from_json(json.dumps(row))
    return row
