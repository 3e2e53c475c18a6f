from typing import Literal

ParalinguisticsAgeType0 = Literal["Adult", "Child", "Elderly"]

PARALINGUISTICS_AGE_TYPE_0_VALUES: set[ParalinguisticsAgeType0] = {
    "Adult",
    "Child",
    "Elderly",
}


def check_paralinguistics_age_type_0(value: str) -> ParalinguisticsAgeType0:
    if value in PARALINGUISTICS_AGE_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PARALINGUISTICS_AGE_TYPE_0_VALUES!r}"
    )
