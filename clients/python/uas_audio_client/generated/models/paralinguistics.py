from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.paralinguistics_age_type_0 import (
    ParalinguisticsAgeType0,
    check_paralinguistics_age_type_0,
)
from ..models.paralinguistics_emotion_type_0 import (
    ParalinguisticsEmotionType0,
    check_paralinguistics_emotion_type_0,
)
from ..models.paralinguistics_gender_type_0 import (
    ParalinguisticsGenderType0,
    check_paralinguistics_gender_type_0,
)

T = TypeVar("T", bound="Paralinguistics")


@_attrs_define
class Paralinguistics:
    """How it was said. All null when there is no human voice.

    Attributes:
        age (None | ParalinguisticsAgeType0):
        gender (None | ParalinguisticsGenderType0):
        emotion (None | ParalinguisticsEmotionType0):
        accent (None | str):
        prosody (None | str):
        timbre (None | str):
    """

    age: None | ParalinguisticsAgeType0
    gender: None | ParalinguisticsGenderType0
    emotion: None | ParalinguisticsEmotionType0
    accent: None | str
    prosody: None | str
    timbre: None | str

    def to_dict(self) -> dict[str, Any]:
        age: None | str
        if isinstance(self.age, str):
            age = self.age
        else:
            age = self.age

        gender: None | str
        if isinstance(self.gender, str):
            gender = self.gender
        else:
            gender = self.gender

        emotion: None | str
        if isinstance(self.emotion, str):
            emotion = self.emotion
        else:
            emotion = self.emotion

        accent: None | str
        accent = self.accent

        prosody: None | str
        prosody = self.prosody

        timbre: None | str
        timbre = self.timbre

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "age": age,
                "gender": gender,
                "emotion": emotion,
                "accent": accent,
                "prosody": prosody,
                "timbre": timbre,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_age(data: object) -> None | ParalinguisticsAgeType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                age_type_0 = check_paralinguistics_age_type_0(data)

                return age_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ParalinguisticsAgeType0, data)

        age = _parse_age(d.pop("age"))

        def _parse_gender(data: object) -> None | ParalinguisticsGenderType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                gender_type_0 = check_paralinguistics_gender_type_0(data)

                return gender_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ParalinguisticsGenderType0, data)

        gender = _parse_gender(d.pop("gender"))

        def _parse_emotion(data: object) -> None | ParalinguisticsEmotionType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                emotion_type_0 = check_paralinguistics_emotion_type_0(data)

                return emotion_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ParalinguisticsEmotionType0, data)

        emotion = _parse_emotion(d.pop("emotion"))

        def _parse_accent(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        accent = _parse_accent(d.pop("accent"))

        def _parse_prosody(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        prosody = _parse_prosody(d.pop("prosody"))

        def _parse_timbre(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        timbre = _parse_timbre(d.pop("timbre"))

        paralinguistics = cls(
            age=age,
            gender=gender,
            emotion=emotion,
            accent=accent,
            prosody=prosody,
            timbre=timbre,
        )

        return paralinguistics
