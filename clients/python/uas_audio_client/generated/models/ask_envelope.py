from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ask_envelope_confidence_type_0 import AskEnvelopeConfidenceType0
    from ..models.timings import Timings
    from ..models.usage import Usage


T = TypeVar("T", bound="AskEnvelope")


@_attrs_define
class AskEnvelope:
    """Answer of POST /v1/ask.

    `answer` is the text. `value` is the parsed answer: true or false for a yes/no question, the
    JSON value for a schema, else null. `confidence` gives the probability of each choice.

        Attributes:
            id (str):
            model (str):
            answer (str):
            truncated (bool):
            usage (Usage): What the answer took: seconds of audio, and tokens by what they cost.
            timings (Timings): Seconds by stage; null where a stage did not take place or is not known.
            value (Any | Unset): Parsed JSON answer, true/false, or null.
            confidence (AskEnvelopeConfidenceType0 | None | Unset):
    """

    id: str
    model: str
    answer: str
    truncated: bool
    usage: Usage
    timings: Timings
    value: Any | Unset = UNSET
    confidence: AskEnvelopeConfidenceType0 | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.ask_envelope_confidence_type_0 import AskEnvelopeConfidenceType0  # noqa: PLC0415

        id = self.id

        model = self.model

        answer = self.answer

        truncated = self.truncated

        usage = self.usage.to_dict()

        timings = self.timings.to_dict()

        value = self.value

        confidence: dict[str, Any] | None | Unset
        if isinstance(self.confidence, Unset):
            confidence = UNSET
        elif isinstance(self.confidence, AskEnvelopeConfidenceType0):
            confidence = self.confidence.to_dict()
        else:
            confidence = self.confidence

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "model": model,
                "answer": answer,
                "truncated": truncated,
                "usage": usage,
                "timings": timings,
            }
        )
        if value is not UNSET:
            field_dict["value"] = value
        if confidence is not UNSET:
            field_dict["confidence"] = confidence

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ask_envelope_confidence_type_0 import AskEnvelopeConfidenceType0  # noqa: PLC0415
        from ..models.timings import Timings  # noqa: PLC0415
        from ..models.usage import Usage  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        model = d.pop("model")

        answer = d.pop("answer")

        truncated = d.pop("truncated")

        usage = Usage.from_dict(d.pop("usage"))

        timings = Timings.from_dict(d.pop("timings"))

        value = d.pop("value", UNSET)

        def _parse_confidence(
            data: object,
        ) -> AskEnvelopeConfidenceType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                confidence_type_0 = AskEnvelopeConfidenceType0.from_dict(data)

                return confidence_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(AskEnvelopeConfidenceType0 | None | Unset, data)

        confidence = _parse_confidence(d.pop("confidence", UNSET))

        ask_envelope = cls(
            id=id,
            model=model,
            answer=answer,
            truncated=truncated,
            usage=usage,
            timings=timings,
            value=value,
            confidence=confidence,
        )

        return ask_envelope
