from typing import Literal

StartEncoding = Literal["ogg", "opus", "pcm16", "webm"]

START_ENCODING_VALUES: set[StartEncoding] = {
    "ogg",
    "opus",
    "pcm16",
    "webm",
}


def check_start_encoding(value: str) -> StartEncoding:
    if value in START_ENCODING_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {START_ENCODING_VALUES!r}"
    )
