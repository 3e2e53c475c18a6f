"""The UAS document: what was said, how it was said, what else was heard.

One document has one canonical text: compact JSON, fixed key order, raw UTF-8, and strings whose
only escapes are ``\\" \\\\ \\n \\t``. Knows nothing of rules across fields (``rules``) nor of
decoding (``skeleton``, ``grammar``).
"""

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, GetPydanticSchema, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import core_schema

from uas_schema.errors import DocumentError
from uas_schema.json_schema import with_branches
from uas_schema.ontology import ClosedField, load_ontology
from uas_schema.strict import Strict, explain

CLOSED_FIELDS: dict[ClosedField, tuple[str, ...]] = {
    "age": load_ontology().closed["age"],
    "gender": load_ontology().closed["gender"],
    "emotion": load_ontology().closed["emotion"],
}

_FORBIDDEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
_STRIPPED = re.compile(f"[{_FORBIDDEN}]+")
_ESCAPED = re.compile(f'[{_FORBIDDEN}"\\\\\n\t]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def clean(text: str) -> str:
    """Strip what canonical text cannot hold: control characters but \\n \\t, lone surrogates."""
    return _STRIPPED.sub("", text)


def canonical_string(text: str) -> str:
    """JSON text of a string by the one string rule, quotes included."""
    if _ESCAPED.search(text) is None:
        return f'"{text}"'
    return f'"{_ESCAPED.sub(lambda match: _ESCAPES.get(match[0], ""), text)}"'


def canonical_value(text: str | None) -> str:
    """JSON text of a string or null."""
    return "null" if text is None else canonical_string(text)


def _clean_value(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _one_of(field: ClosedField) -> GetPydanticSchema:
    """Schema of a closed field: one of its canonical values, or null."""
    values = core_schema.literal_schema(list(CLOSED_FIELDS[field]))
    return GetPydanticSchema(lambda _source, _handler: core_schema.nullable_schema(values))


Text = Annotated[str, BeforeValidator(_clean_value)]
Age = Annotated[str | None, _one_of("age")]
Gender = Annotated[str | None, _one_of("gender")]
Emotion = Annotated[str | None, _one_of("emotion")]


class CamelStrict(Strict):
    """Strict model whose JSON keys are the camelCase form of its attributes."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class Event(CamelStrict):
    """A sound that is not speech."""

    label: Text
    characteristic: Text

    def canonical(self) -> str:
        """Canonical JSON text of this event."""
        return (
            f'{{"label":{canonical_string(self.label)},'
            f'"characteristic":{canonical_string(self.characteristic)}}}'
        )


class Paralinguistics(CamelStrict):
    """How it was said. All null when there is no human voice."""

    age: Age
    gender: Gender
    emotion: Emotion
    accent: Text | None
    prosody: Text | None
    timbre: Text | None

    def canonical(self) -> str:
        """Canonical JSON text of this object."""
        return (
            f'{{"age":{canonical_value(self.age)},"gender":{canonical_value(self.gender)},'
            f'"emotion":{canonical_value(self.emotion)},"accent":{canonical_value(self.accent)},'
            f'"prosody":{canonical_value(self.prosody)},"timbre":{canonical_value(self.timbre)}}}'
        )


class NonLinguisticEvents(CamelStrict):
    """What else was heard."""

    description: Text | None
    discrete_events: tuple[Event, ...]
    continuous_events: tuple[Event, ...]

    def canonical(self) -> str:
        """Canonical JSON text of this object."""
        discrete = ",".join([event.canonical() for event in self.discrete_events])
        continuous = ",".join([event.canonical() for event in self.continuous_events])
        return (
            f'{{"description":{canonical_value(self.description)},'
            f'"discreteEvents":[{discrete}],"continuousEvents":[{continuous}]}}'
        )


class UasDocument(CamelStrict):
    """A Unified Audio Schema document.

    Strings lose their control characters on the way in, so equal documents have equal text.
    Attributes are snake_case; JSON keys are camelCase.
    """

    transcription: Text | None
    paralinguistics: Paralinguistics
    non_linguistic_events: NonLinguisticEvents

    @classmethod
    def parse(cls, text: str | bytes) -> Self:
        """Read a document from JSON text: every key once, no other key, values as they are.

        Raises ``DocumentError`` that names the place, the value and the fix.
        """
        try:
            document = cls.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            raise DocumentError(f"not a UAS document: {explain(error, cls)}") from error
        json.loads(text, object_pairs_hook=_refuse_repeats)
        return document

    @classmethod
    def no_voice(
        cls,
        description: str | None = None,
        discrete: Iterable[Event] = (),
        continuous: Iterable[Event] = (),
    ) -> Self:
        """Document of a clip without a human voice."""
        silent = Paralinguistics(**dict.fromkeys(Paralinguistics.model_fields))
        heard = NonLinguisticEvents(
            description=description,
            discrete_events=tuple(discrete),
            continuous_events=tuple(continuous),
        )
        return cls(transcription=None, paralinguistics=silent, non_linguistic_events=heard)

    @classmethod
    def json_schema(cls, *, complete: bool = False) -> dict[str, Any]:
        """JSON Schema 2020-12 of the document, with ``$id`` and ``version``.

        Its branches are voice, no voice, and voice cut by a token budget; ``complete`` leaves out
        the last.
        """
        return with_branches(cls.model_json_schema(by_alias=True), complete=complete)

    @property
    def has_voice(self) -> bool:
        """Whether a human voice was heard."""
        return self.transcription is not None

    def canonical(self) -> str:
        """The one text of this document."""
        return (
            f'{{"transcription":{canonical_value(self.transcription)},'
            f'"paralinguistics":{self.paralinguistics.canonical()},'
            f'"nonLinguisticEvents":{self.non_linguistic_events.canonical()}}}'
        )


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object with the same key twice: JSON parsers silently keep one of them."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DocumentError(f"not a UAS document: key {twice!r} occurs twice: keep one")
