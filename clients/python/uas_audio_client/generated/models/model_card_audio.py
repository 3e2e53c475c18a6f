from typing import Literal

ModelCardAudio = Literal["states", "tokens"]

MODEL_CARD_AUDIO_VALUES: set[ModelCardAudio] = {
    "states",
    "tokens",
}


def check_model_card_audio(value: str) -> ModelCardAudio:
    if value in MODEL_CARD_AUDIO_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {MODEL_CARD_AUDIO_VALUES!r}"
    )
