"""JSON Schema 2020-12 of the document: the model's shape plus the branches between its fields.

Pydantic gives the shape. The branches say what it cannot: which fields are null together.
"""

from typing import Any

SCHEMA_VERSION = "1.0.0"
SCHEMA_ID = f"urn:uas-audio:schema:document:{SCHEMA_VERSION}"
COMPLETE_SCHEMA_ID = f"urn:uas-audio:schema:complete-document:{SCHEMA_VERSION}"

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NULL = {"type": "null"}
_STRING = {"type": "string"}
_CLOSED = ("age", "gender", "emotion")
_FREE = ("accent", "prosody", "timbre")


def with_branches(shape: dict[str, Any], *, complete: bool) -> dict[str, Any]:
    """Add dialect, ``$id``, version and the branches to a model's schema.

    ``complete`` admits voice and no voice only; otherwise also documents that a token budget cut
    before the emotion was reached.
    """
    branches = [_voice(), _no_voice()] if complete else [_voice(), _no_voice(), _cut()]
    return {
        "$schema": _DIALECT,
        "$id": COMPLETE_SCHEMA_ID if complete else SCHEMA_ID,
        "version": SCHEMA_VERSION,
        **shape,
        "oneOf": branches,
    }


def _voice() -> dict[str, Any]:
    return _branch("Voice", "A human voice: age, gender and emotion are known.", _STRING,
                   dict.fromkeys(_CLOSED, _STRING))  # fmt: skip


def _no_voice() -> dict[str, Any]:
    return _branch("No voice", "No human voice: nothing is said of one.", _NULL,
                   dict.fromkeys(_CLOSED + _FREE, _NULL))  # fmt: skip


def _cut() -> dict[str, Any]:
    return _branch("Voice, cut", "The token budget ended before the emotion.", _STRING,
                   dict.fromkeys(("emotion", *_FREE), _NULL))  # fmt: skip


def _branch(
    title: str, description: str, transcription: dict[str, str], voice: dict[str, dict[str, str]]
) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "properties": {
            "transcription": transcription,
            "paralinguistics": {"properties": voice},
        },
    }
