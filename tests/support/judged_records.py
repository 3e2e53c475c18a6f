"""Records that pass every check, and what to change in them."""

from uas_schema.document import Event, NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.records import KNOWN_FIELDS, EventTime, Knowledge, KnownField, Record

TEXT = "She put the old lamp on the table."  # 8 words, 9 syllables
MEASURES = {
    "duration_s": 3.0, "sounding_s": 2.2, "level_db": -12.0, "clipped_ratio": 0.0, "pitched_s": 1.6,
    "snr_db": 35.0, "background_db": -60.0, "background_variation_db": 2.0,
    "background_flatness_ratio": 0.3, "background_sounds_count": 0.0, "speech_s": 2.0,
    "breaths_count": 0.0, "pauses_count": 0.0, "pause_ratio": 0.0, "nuclei_count": 9.0,
    "syllables_per_s": 4.5, "f0_median_hz": 205.0, "f0_low_hz": 170.0, "f0_range_semitones": 7.0,
    "f0_perturbation_ratio": 0.006, "centroid_hz": 1300.0, "harmonicity_db": 10.0,
    "formant_spacing_hz": 1130.0, "formant_3_hz": 2800.0, "dynamics_db": 18.0, "shimmer_db": 1.3,
}  # fmt: skip
TEXTS = {"backend": "acoustic", "version": "1", "voice": "A female voice.", "environment": "Quiet."}


def events(*labels: str, characteristic: str = "short, dark") -> tuple[Event, ...]:
    return tuple(Event(label=label, characteristic=characteristic) for label in labels)


def spoken(
    text: str | None = TEXT,
    *,
    language: str = "en",
    duration_s: float = 3.0,
    voice: dict[str, str | None] | None = None,
    description: str | None = None,
    discrete: tuple[Event, ...] = (),
    continuous: tuple[Event, ...] = (),
    known: dict[KnownField, Knowledge] | None = None,
    onsets: tuple[EventTime, ...] = (),
    corpus_text: str | None = None,
    caption: dict[str, str] | None = None,
    measures: dict[str, float] | None = None,
) -> Record:
    """A woman's sentence. ``corpus_text`` is the text unless it is given."""
    said: dict[str, str | None] = {
        "age": "Adult", "gender": "Female", "emotion": "Neutral", "accent": None,
        "prosody": "moderate pace, medium pitch, moderate range", "timbre": "balanced, clear",
    }  # fmt: skip
    document = UasDocument(
        transcription=text,
        paralinguistics=Paralinguistics(**(said | (voice or {}))),
        non_linguistic_events=NonLinguisticEvents(
            description=description, discrete_events=discrete, continuous_events=continuous
        ),
    )
    evidence: dict[str, float | str] = {**MEASURES, **(measures or {})}
    evidence |= {f"caption.{name}": value for name, value in (TEXTS | (caption or {})).items()}
    evidence["corpus_text"] = (text or "") if corpus_text is None else corpus_text
    return Record(
        id="r1", audio="r1.flac", sample_rate_hz=16_000, duration_s=duration_s, language=language,
        speaker="s", corpus="toy", licence="CC0-1.0", split="train", document=document,
        known={**dict.fromkeys(KNOWN_FIELDS, "evidence"), **(known or {})}, onsets=onsets,
        evidence=evidence,
    )  # fmt: skip


def unspoken(
    description: str | None = "Silence",
    *,
    discrete: tuple[Event, ...] = (),
    continuous: tuple[Event, ...] = (),
    measures: dict[str, float] | None = None,
    onsets: tuple[EventTime, ...] = (),
    caption: dict[str, str] | None = None,
    corpus_text: str = "",
) -> Record:
    """A clip in which nobody speaks; silent unless the measures say otherwise."""
    silent = {"speech_s": 0.0, "pitched_s": 0.0, "level_db": -90.0, "nuclei_count": 0.0}
    record = spoken(None, description=description, measures=silent | (measures or {}),
                    discrete=discrete, continuous=continuous, onsets=onsets, caption=caption,
                    corpus_text=corpus_text)  # fmt: skip
    return record.replace(document=UasDocument.no_voice(description, discrete, continuous))


LOUD = {"level_db": -20.0}
