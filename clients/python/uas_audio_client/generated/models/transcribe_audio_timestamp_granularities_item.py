from typing import Literal

TranscribeAudioTimestampGranularitiesItem = Literal["segment", "word"]

TRANSCRIBE_AUDIO_TIMESTAMP_GRANULARITIES_ITEM_VALUES: set[
    TranscribeAudioTimestampGranularitiesItem
] = {
    "segment",
    "word",
}


def check_transcribe_audio_timestamp_granularities_item(
    value: str,
) -> TranscribeAudioTimestampGranularitiesItem:
    if value in TRANSCRIBE_AUDIO_TIMESTAMP_GRANULARITIES_ITEM_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {TRANSCRIBE_AUDIO_TIMESTAMP_GRANULARITIES_ITEM_VALUES!r}"
    )
