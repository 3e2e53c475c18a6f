"""Values of a document's fields with how each is known, and the record that they make.

Every backend ends here, so no backend decides how sure a field is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.errors import Rejected
from uas_schema.document import Event, NonLinguisticEvents, Paralinguistics, UasDocument
from uas_schema.records import KNOWN_FIELDS, Knowledge, KnownField, Record
from uas_signal import SAMPLE_RATE_HZ

CORPUS_TEXT = "corpus_text"
SPOKEN_FIELDS: tuple[KnownField, ...] = (
    "age", "gender", "emotion", "accent", "prosody", "timbre",
)  # fmt: skip


@dataclass
class Claims:
    """Values by field, and how they are known. What is not claimed is known "none"."""

    texts: dict[KnownField, str] = field(default_factory=dict)
    discrete: tuple[Event, ...] = ()
    continuous: tuple[Event, ...] = ()
    known: dict[KnownField, Knowledge] = field(default_factory=dict)

    def claim(self, name: KnownField, value: str | None, known: Knowledge) -> None:
        """Claim a value, unless the field has one already: who is surest speaks first."""
        if value is not None and name not in self.texts:
            self.texts[name], self.known[name] = value, known

    def hear(self, discrete: Iterable[Event] | None, continuous: Iterable[Event] | None) -> None:
        """Say which events are heard; None where nothing is known of a list."""
        if discrete is not None:
            self.discrete, self.known["discreteEvents"] = tuple(discrete), "evidence"
        if continuous is not None:
            self.continuous, self.known["continuousEvents"] = tuple(continuous), "evidence"


def record_of(
    recording: Recording, caption: Caption, claims: Claims, require: Iterable[KnownField] = ()
) -> Record:
    """The record of a clip. The corpus's text is the transcription.

    Raises ``Rejected`` ("field_not_known") when a required field is known "none".
    """
    speaks = bool(recording.text.strip())
    known = dict.fromkeys(KNOWN_FIELDS, "none") | claims.known | {"transcription": "truth"}
    if not speaks:
        known |= dict.fromkeys(SPOKEN_FIELDS, "truth")
    missing = [name for name in require if known[name] == "none"]
    if missing:
        message = f"nothing supports {', '.join(missing)}: require less, or caption with a model"
        raise Rejected("field_not_known", message, {"fields": ", ".join(missing)})
    return Record(
        id=recording.id,
        audio=str(recording.path),
        sample_rate_hz=SAMPLE_RATE_HZ,
        duration_s=caption.measures.get("duration_s", 0.0),
        language=recording.language,
        speaker=recording.voice.speaker or None,
        corpus=recording.corpus,
        licence=recording.licence,
        split=recording.split,
        document=_document(recording, claims, speaks=speaks),
        known=known,  # type: ignore[arg-type] # the validator of Known fills in every field
        evidence={**caption.evidence(), CORPUS_TEXT: recording.text},
    )


def _document(recording: Recording, claims: Claims, *, speaks: bool) -> UasDocument:
    texts: Mapping[KnownField, str] = claims.texts
    description = texts.get("description")
    if not speaks:
        return UasDocument.no_voice(description, claims.discrete, claims.continuous)
    return UasDocument(
        transcription=recording.text,
        paralinguistics=Paralinguistics(**{name: texts.get(name) for name in SPOKEN_FIELDS}),
        non_linguistic_events=NonLinguisticEvents(
            description=description,
            discrete_events=claims.discrete,
            continuous_events=claims.continuous,
        ),
    )
