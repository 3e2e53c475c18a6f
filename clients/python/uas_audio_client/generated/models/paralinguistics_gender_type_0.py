from typing import Literal

ParalinguisticsGenderType0 = Literal["Female", "Male"]

PARALINGUISTICS_GENDER_TYPE_0_VALUES: set[ParalinguisticsGenderType0] = {
    "Female",
    "Male",
}


def check_paralinguistics_gender_type_0(value: str) -> ParalinguisticsGenderType0:
    if value in PARALINGUISTICS_GENDER_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PARALINGUISTICS_GENDER_TYPE_0_VALUES!r}"
    )
