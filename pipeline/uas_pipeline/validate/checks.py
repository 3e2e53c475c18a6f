"""Every check by name, and the function that runs them on a record.

A check that is not here does not exist: no registry fills itself.
"""

from collections.abc import Mapping
from functools import lru_cache

from uas_pipeline.caption.caption import Caption
from uas_pipeline.validate.case import Check, Finding, case_of
from uas_pipeline.validate.config import ValidationConfig
from uas_pipeline.validate.duration_checks import DURATION_CHECKS
from uas_pipeline.validate.line import read_line, stripped
from uas_pipeline.validate.ontology_checks import ONTOLOGY_CHECKS
from uas_pipeline.validate.sound_checks import SOUND_CHECKS
from uas_pipeline.validate.transcription_checks import TRANSCRIPTION_CHECKS
from uas_pipeline.validate.violation import Level, Violation
from uas_pipeline.validate.voice_checks import VOICE_CHECKS
from uas_schema.errors import DataError
from uas_schema.records import Record
from uas_schema.strict import nearest

# The checks of text. What the first refuses is no record.
SCHEMA, STRIPPED = "schema", "control_characters"

CHECKS: Mapping[Level, Mapping[str, Check]] = {
    "ontology": ONTOLOGY_CHECKS,
    "transcription": TRANSCRIPTION_CHECKS,
    "logic": {**VOICE_CHECKS, **SOUND_CHECKS},
    "duration": DURATION_CHECKS,
}

# What a check looks at. Where a record has nothing of it there is nothing to find, and most records
# have no events or no voice.
_OF_EVENTS = frozenset({
    "label_empty", "label_repeated", "label_unknown", "label_synonym", "characteristic_vocabulary",
    "description_quiet", "events_caption", "events_count", "events_length",
})  # fmt: skip
_OF_VOICES = frozenset({
    "word_errors", "character_errors", "span_dropped", "span_invented", "no_words", "script",
    "language", "word_loop", "character_loop", "text_markup", "broken_text", "voice_field_missing",
    "known_value", "caption_closed", "characters_per_s", "words_per_s", "syllables_per_s",
    "syllables_heard", "text_for_silence",
})  # fmt: skip


def validate(record: Record, caption: Caption | None, config: ValidationConfig) -> list[Violation]:
    """All that is wrong with a record, in the order of levels and checks.

    ``caption`` None means the one in the record's evidence; without any, checks against measures
    pass. The corpus's text is ``record.evidence["corpus_text"]``. Raises ``DataError`` when the
    configuration skips a check that there is not.
    """
    case = case_of(record, caption, config)
    return [
        _violation(level, name, finding)
        for level, name, check in _chosen(config.skip, case.text is not None, bool(case.events))
        for finding in check(case)
    ]


def validate_line(line: str, config: ValidationConfig) -> tuple[Record | None, list[Violation]]:
    """The record in a line of JSON and all that is wrong with it.

    A line that is no record gives None and one violation of the check "schema".
    """
    record = read_line(line)
    if isinstance(record, Finding):
        return None, [_violation("ontology", SCHEMA, record)]
    hidden = [_violation("ontology", STRIPPED, finding) for finding in stripped(line)]
    return record, hidden + validate(record, None, config)


def _violation(level: Level, check: str, finding: Finding) -> Violation:
    path, message, evidence = finding
    return Violation(level=level, check=check, path=path, message=message, evidence=evidence)


@lru_cache(64)
def _chosen(
    skip: tuple[str, ...], speaks: bool, sounds: bool
) -> tuple[tuple[Level, str, Check], ...]:
    """Level, name and function of the checks that run on a record with a voice, with events."""
    names = [name for checks in CHECKS.values() for name in checks]
    for name in skip:
        if name not in names:
            raise DataError(f"skip: no check {name!r}: {nearest(name, names)}")
    return tuple(
        (level, name, check)
        for level, checks in CHECKS.items()
        for name, check in checks.items()
        if name not in skip
        and (speaks or name not in _OF_VOICES)
        and (sounds or name not in _OF_EVENTS)
    )
