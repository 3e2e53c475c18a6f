"""What a clip can be asked: always its document, its transcript and questions where known."""

from collections.abc import Set as AbstractSet

from uas_schema.records import KnownField, Record
from uas_training.config import AugmentConfig, SampleKind
from uas_training.data.examples import MOVED_BY_NOISE, MOVED_BY_SPEED

_NONE: frozenset[KnownField] = frozenset()


def can_be_asked(
    record: Record, kind: SampleKind, without: AbstractSet[KnownField] = _NONE
) -> bool:
    """Whether a record has a sample of a kind, if the questions on some fields are left out."""
    if kind == "question":
        return any(item.field not in without for item in record.qa)
    if kind == "speech" and not record.document.transcription:
        return False
    return kind not in ("transcript", "speech") or record.known["transcription"] != "none"


def uncertain_fields(config: AugmentConfig) -> frozenset[KnownField]:
    """Fields whose questions a disturbance may take from a clip."""
    fields = set(MOVED_BY_SPEED if config.speed_probability > 0 else ())
    shares = (
        config.noise_probability,
        config.mix_voice_probability,
        config.mix_sound_probability,
    )
    return frozenset(fields | set(MOVED_BY_NOISE if any(shares) else ()))
