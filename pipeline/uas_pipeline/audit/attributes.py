"""What people judge: the attributes of a document, and which of them a record claims.

Knows nothing of the page.
"""

from collections.abc import Mapping
from functools import cache

from uas_pipeline.package_data import read_package_yaml
from uas_schema.document import CLOSED_FIELDS
from uas_schema.records import KNOWN_FIELDS, KnownField, Record
from uas_schema.strict import Strict

CLOSED: Mapping[str, tuple[str, ...]] = {
    str(name): values for name, values in CLOSED_FIELDS.items()
}
_OF_THE_VOICE = frozenset({"age", "gender", "emotion", "accent", "prosody", "timbre"})


class AttributeText(Strict):
    """How an attribute is shown: its title, and what "right" means for it."""

    title: str
    question: str


class AttributesFile(Strict):
    """``data/attributes.yaml`` as it is written."""

    attributes: dict[KnownField, AttributeText]


@cache
def attribute_texts() -> Mapping[KnownField, AttributeText]:
    """Titles and questions in the order of the document (read once)."""
    file = read_package_yaml(AttributesFile, "uas_pipeline.audit", "data/attributes.yaml")
    return {field: file.attributes[field] for field in KNOWN_FIELDS}


def claimed(record: Record) -> tuple[KnownField, ...]:
    """Attributes that can be judged: what is known "none" claims nothing.

    That there is no voice is one claim: it is judged as the transcription, not seven times.
    """
    known = (field for field in KNOWN_FIELDS if record.known[field] != "none")
    if record.document.has_voice:
        return tuple(known)
    return tuple(field for field in known if field not in _OF_THE_VOICE)


def value_of(record: Record, field: KnownField) -> str | list[dict[str, str]] | None:
    """Value of an attribute as JSON has it: text, null, or a list of events."""
    document = record.document.model_dump(mode="json", by_alias=True)
    for part in (document, document["paralinguistics"], document["nonLinguisticEvents"]):
        if field in part:
            value: str | list[dict[str, str]] | None = part[field]
            return value
    raise KeyError(field)
