from typing import Literal

ParalinguisticsEmotionType0 = Literal[
    "Anger", "Disgust", "Fear", "Happiness", "Neutral", "Sadness", "Surprise"
]

PARALINGUISTICS_EMOTION_TYPE_0_VALUES: set[ParalinguisticsEmotionType0] = {
    "Anger",
    "Disgust",
    "Fear",
    "Happiness",
    "Neutral",
    "Sadness",
    "Surprise",
}


def check_paralinguistics_emotion_type_0(value: str) -> ParalinguisticsEmotionType0:
    if value in PARALINGUISTICS_EMOTION_TYPE_0_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {PARALINGUISTICS_EMOTION_TYPE_0_VALUES!r}"
    )
