from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.confidence_age_type_0 import ConfidenceAgeType0
    from ..models.confidence_emotion_type_0 import ConfidenceEmotionType0
    from ..models.confidence_gender_type_0 import ConfidenceGenderType0


T = TypeVar("T", bound="Confidence")


@_attrs_define
class Confidence:
    """How sure the model is; null where the engine cannot say.

    `voice` is the probability that somebody speaks; per closed field, that of each canonical value.

        Attributes:
            voice (float | None | Unset):
            age (ConfidenceAgeType0 | None | Unset):
            gender (ConfidenceGenderType0 | None | Unset):
            emotion (ConfidenceEmotionType0 | None | Unset):
    """

    voice: float | None | Unset = UNSET
    age: ConfidenceAgeType0 | None | Unset = UNSET
    gender: ConfidenceGenderType0 | None | Unset = UNSET
    emotion: ConfidenceEmotionType0 | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.confidence_age_type_0 import ConfidenceAgeType0  # noqa: PLC0415
        from ..models.confidence_emotion_type_0 import ConfidenceEmotionType0  # noqa: PLC0415
        from ..models.confidence_gender_type_0 import ConfidenceGenderType0  # noqa: PLC0415

        voice: float | None | Unset
        if isinstance(self.voice, Unset):
            voice = UNSET
        else:
            voice = self.voice

        age: dict[str, Any] | None | Unset
        if isinstance(self.age, Unset):
            age = UNSET
        elif isinstance(self.age, ConfidenceAgeType0):
            age = self.age.to_dict()
        else:
            age = self.age

        gender: dict[str, Any] | None | Unset
        if isinstance(self.gender, Unset):
            gender = UNSET
        elif isinstance(self.gender, ConfidenceGenderType0):
            gender = self.gender.to_dict()
        else:
            gender = self.gender

        emotion: dict[str, Any] | None | Unset
        if isinstance(self.emotion, Unset):
            emotion = UNSET
        elif isinstance(self.emotion, ConfidenceEmotionType0):
            emotion = self.emotion.to_dict()
        else:
            emotion = self.emotion

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if voice is not UNSET:
            field_dict["voice"] = voice
        if age is not UNSET:
            field_dict["age"] = age
        if gender is not UNSET:
            field_dict["gender"] = gender
        if emotion is not UNSET:
            field_dict["emotion"] = emotion

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.confidence_age_type_0 import ConfidenceAgeType0  # noqa: PLC0415
        from ..models.confidence_emotion_type_0 import ConfidenceEmotionType0  # noqa: PLC0415
        from ..models.confidence_gender_type_0 import ConfidenceGenderType0  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_voice(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        voice = _parse_voice(d.pop("voice", UNSET))

        def _parse_age(data: object) -> ConfidenceAgeType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                age_type_0 = ConfidenceAgeType0.from_dict(data)

                return age_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ConfidenceAgeType0 | None | Unset, data)

        age = _parse_age(d.pop("age", UNSET))

        def _parse_gender(data: object) -> ConfidenceGenderType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                gender_type_0 = ConfidenceGenderType0.from_dict(data)

                return gender_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ConfidenceGenderType0 | None | Unset, data)

        gender = _parse_gender(d.pop("gender", UNSET))

        def _parse_emotion(data: object) -> ConfidenceEmotionType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                emotion_type_0 = ConfidenceEmotionType0.from_dict(data)

                return emotion_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ConfidenceEmotionType0 | None | Unset, data)

        emotion = _parse_emotion(d.pop("emotion", UNSET))

        confidence = cls(
            voice=voice,
            age=age,
            gender=gender,
            emotion=emotion,
        )

        return confidence
